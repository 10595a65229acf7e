package io.perilune.raft.quorum;

/** Who voted how. */
@FunctionalInterface
public interface Ballots {
    Vote of(long id);

    enum Vote {
        YES,
        NO,
        MISSING
    }
}
