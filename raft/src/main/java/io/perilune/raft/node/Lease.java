package io.perilune.raft.node;

import io.perilune.raft.core.Role;
import io.perilune.raft.core.Status;

/**
 * How long a leader may answer reads without asking (§6.4.1). A confirmed round proves that a majority heard this leader
 * after the round began, and none of them votes for another within an election timeout of that. Half of it is used, which
 * leaves the other half to clocks that run at different rates. Belongs to the event loop.
 */
final class Lease {
    private final long nanos;
    private long untilNanos;
    private long term;
    private boolean held;

    Lease(long electionNanos) {
        this.nanos = electionNanos / 2;
    }

    boolean holds(Status status, long now) {
        return held
                && status.role() == Role.LEADER
                && status.term() == term
                && status.transferee() == 0
                && now - untilNanos < 0;
    }

    /** A round that this node began as the leader of {@code term} was confirmed. */
    void extend(long term, long roundStartedNanos) {
        held = true;
        this.term = term;
        untilNanos = roundStartedNanos + nanos;
    }

    void end() {
        held = false;
    }
}
