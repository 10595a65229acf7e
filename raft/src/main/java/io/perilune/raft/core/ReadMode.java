package io.perilune.raft.core;

/** How a leader makes sure, before it answers a read, that it still is the leader. */
public enum ReadMode {
    /** A round of heartbeats to a quorum (§6.4). Needs no clock. */
    QUORUM,
    /** No round while a quorum answered within an election timeout (§6.4.1). Trusts that ticks run equally fast everywhere. */
    LEASE
}
