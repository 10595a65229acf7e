package io.perilune.raft.node;

import com.google.protobuf.ByteString;
import io.perilune.raft.node.ReadOutcome.Passed;
import io.perilune.raft.node.ReadOutcome.Refused;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Reads that wait: for a round of ReadIndex, which one asks for all that came before it, and then for the state to reach
 * the index it gave. Belongs to the event loop.
 */
final class Reads {
    /** @param future may be completed by any thread */
    record Request(
            ReadConsistency consistency,
            long deadlineNanos,
            long leaderDeadlineNanos,
            CompletableFuture<ReadOutcome> future) {}

    /** @param term the leader's at the start, or 0 where this node did not lead */
    private record Round(long number, long startedNanos, long term, List<Request> requests) {}

    private record Placed(long index, Request request) {}

    private final long self;
    private final long incarnation;
    private List<Request> waiting = new ArrayList<>();
    private @Nullable Round round;
    private long rounds;
    private final PriorityQueue<Placed> placed = new PriorityQueue<>(Comparator.comparingLong(Placed::index));

    Reads(long self, long incarnation) {
        this.self = self;
        this.incarnation = incarnation;
    }

    void add(Request request) {
        waiting.add(request);
    }

    /** A read that may be served at {@code index}. */
    void place(Request request, long index) {
        placed.add(new Placed(index, request));
    }

    boolean wantsRound() {
        return round == null && !waiting.isEmpty();
    }

    int count() {
        return waiting.size()
                + placed.size()
                + (round == null ? 0 : round.requests().size());
    }

    /** Begins a round for all that wait; its context is to be given to the core. */
    ByteString begin(long nowNanos, long term) {
        rounds++;
        round = new Round(rounds, nowNanos, term, waiting);
        waiting = new ArrayList<>();
        return context(rounds);
    }

    /** The round under way came to nothing; its reads wait for another. */
    void abandonRound() {
        if (round != null) {
            List<Request> all = new ArrayList<>(round.requests());
            all.addAll(waiting);
            waiting = all;
            round = null;
        }
    }

    /** A round without an answer for so long is not going to have one. */
    boolean isRoundOlderThan(long nanos, long nowNanos) {
        return round != null && nowNanos - round.startedNanos() > nanos;
    }

    /** What a round that was answered told a leader. */
    record Confirmed(long startedNanos, long term) {}

    /** @return null where it is no answer to the round under way */
    @Nullable
    Confirmed answered(ByteString context, long index) {
        Round current = round;
        if (current == null || !context.equals(context(current.number()))) {
            return null;
        }
        round = null;
        current.requests().forEach(request -> place(request, index));
        return new Confirmed(current.startedNanos(), current.term());
    }

    /** Completes what may be read now. */
    void applied(long index) {
        while (!placed.isEmpty() && placed.peek().index() <= index) {
            placed.remove().request().future().complete(new Passed(index));
        }
    }

    /** Ends what has waited for too long. */
    void expire(long nowNanos, boolean leaderKnown) {
        if (round != null) {
            round.requests().removeIf(request -> expired(request, nowNanos, leaderKnown));
        }
        waiting.removeIf(request -> expired(request, nowNanos, leaderKnown));
        placed.removeIf(entry -> expired(entry.request(), nowNanos, true));
    }

    private static boolean expired(Request request, long nowNanos, boolean leaderKnown) {
        if (!leaderKnown && nowNanos - request.leaderDeadlineNanos() >= 0) {
            request.future().complete(new Refused(RefusalReason.NO_LEADER, "no leader is known"));
        } else if (nowNanos - request.deadlineNanos() >= 0) {
            request.future()
                    .complete(new Refused(RefusalReason.NO_LEADER, "the leader did not confirm the read in time"));
        }
        return request.future().isDone();
    }

    void endAll(String detail) {
        abandonRound();
        Refused refused = new Refused(RefusalReason.SHUTTING_DOWN, detail);
        waiting.forEach(request -> request.future().complete(refused));
        placed.forEach(entry -> entry.request().future().complete(refused));
        waiting.clear();
        placed.clear();
    }

    /** Contexts of different nodes and runs must differ: the leader sees them side by side. */
    private ByteString context(long number) {
        return ByteString.copyFrom(ByteBuffer.allocate(24)
                .putLong(self)
                .putLong(incarnation)
                .putLong(number)
                .flip());
    }
}
