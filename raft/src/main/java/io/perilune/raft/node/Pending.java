package io.perilune.raft.node;

import io.perilune.raft.proto.Entry;
import java.util.concurrent.CompletableFuture;

/** A proposal of this node whose fate is open. The mutable part belongs to the event loop. */
final class Pending {
    /** How far a proposal has come. */
    enum Stage {
        /** In no log, and not on its way to one: dropping it now makes it certainly not happen. */
        WAITING,
        /** Handed to a leader's log, here or over the wire, in {@link Pending#term} and in no other. */
        PLACED,
        /** Seen committed. */
        COMMITTED
    }

    final long sequence;
    final Entry entry;
    final long deadlineNanos;
    final CompletableFuture<ProposalOutcome> future = new CompletableFuture<>();

    Stage stage = Stage.WAITING;
    long term;
    /** Until when it may wait for a leader. */
    long leaderDeadlineNanos;
    /** Why it waits, for whoever is told that the wait was in vain. */
    String waitingFor = "no leader is known";

    Pending(long sequence, Entry entry, long deadlineNanos) {
        this.sequence = sequence;
        this.entry = entry;
        this.deadlineNanos = deadlineNanos;
    }

    int bytes() {
        return entry.getData().size();
    }
}
