package io.perilune.raft.core;

import io.perilune.raft.proto.Message;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Reads that wait at a leader for a quorum to confirm that it still leads (§6.4). Confirmations count rounds of
 * heartbeats, numbered here: whatever context a user gives, perhaps twice, proves nothing.
 */
final class ReadOnly {
    /** Reads a leader holds at once; clients of one group do not reach it in a heartbeat's time. */
    static final int PENDING_MAX = 65_536;

    private final Deque<Pending> pending = new ArrayDeque<>();
    private long round;
    private boolean roundIsOpen;

    /** @param index the commit index when the read arrived */
    record Pending(long round, long index, Message request) {}

    /**
     * Whether a new round has to be sent for this read. Not if the heartbeats of the last one have not left yet: they
     * will be answered after this read arrived, too.
     */
    boolean add(long index, Message request) {
        boolean opens = !roundIsOpen;
        if (opens) {
            round++;
            roundIsOpen = true;
        }
        pending.addLast(new Pending(round, index, request));
        return opens;
    }

    boolean isFull() {
        return pending.size() >= PENDING_MAX;
    }

    /** The heartbeats so far are on their way. */
    void roundLeft() {
        roundIsOpen = false;
    }

    /** The round that heartbeats are to carry; 0 if nothing waits. */
    long awaited() {
        return pending.isEmpty() ? 0 : round;
    }

    /** The next read that a quorum's acknowledgement of {@code confirmed} settles, or null. */
    @Nullable
    Pending pollConfirmed(long confirmed) {
        Pending first = pending.peekFirst();
        return first != null && first.round() <= confirmed ? pending.pollFirst() : null;
    }
}
