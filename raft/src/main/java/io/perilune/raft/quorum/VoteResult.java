package io.perilune.raft.quorum;

/** Where a ballot stands. */
public enum VoteResult {
    /** Enough votes are still missing that it can go either way. */
    PENDING,
    /** The missing votes cannot make it a majority any more. */
    LOST,
    /** A majority said yes. */
    WON
}
