package io.perilune.raft.core;

/** How a leader makes sure, before it answers a read, that it still is the leader. */
public enum ReadMode {
    /** A round of heartbeats to a quorum (§6.4). Needs no clock. */
    QUORUM,
    /**
     * No round while a quorum answered lately (§6.4.1). Trusts clocks: in any election timeout, the ticks of two nodes differ by
     * less than {@link #DRIFT_PERCENT} percent, and a node whose ticks stood still catches up before it takes a message.
     */
    LEASE;

    /** How much faster than a leader's the clocks of its followers may run. */
    public static final int DRIFT_PERCENT = 10;
}
