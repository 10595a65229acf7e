package io.perilune.raft.tracker;

/** How a leader sends to a peer. */
public enum ProgressState {
    /** One message at a time, to find where the logs agree. */
    PROBE,
    /** Optimistically ahead of the acknowledgements, within the window. */
    REPLICATE,
    /** Nothing, until the peer has taken a snapshot. */
    SNAPSHOT
}
