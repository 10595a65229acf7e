package io.perilune.raft.core;

/** How the sending of a snapshot ended. */
public enum SnapshotStatus {
    FINISHED,
    FAILED
}
