package io.perilune.engine;

import io.perilune.engine.Reply.Why;
import io.perilune.engine.apply.ScriptThreads;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Threads for scripts that run outside of the log: queries, dry runs, looks into the past. Each machine has a line of its
 * own, and lines take turns, so that one with many or long ones does not keep those of others waiting for more than its
 * turn.
 */
final class Guests implements AutoCloseable {
    /** Of the places to wait, one machine may have this part: a half. */
    private static final int MACHINE_SHARE = 2;

    private final ExecutorService threads;
    private final int threadsMax;
    private final int waitingMax;
    private final Map<String, Deque<Guest>> lines = new HashMap<>();
    /** Machines for which somebody waits, in the order of their turns. */
    private final Deque<String> turns = new ArrayDeque<>();

    private int waiting;
    private int working;
    private boolean closed;

    private record Guest(Supplier<CompletableFuture<Reply>> work, CompletableFuture<Reply> reply) {
        void run() {
            try {
                work.get().whenComplete((answer, failure) -> {
                    if (failure == null) {
                        reply.complete(answer);
                    } else {
                        reply.completeExceptionally(failure);
                    }
                });
            } catch (RuntimeException | Error defect) {
                reply.completeExceptionally(defect);
            }
        }

        void refuse(Why why, String detail) {
            reply.complete(new Reply.Unavailable(why, detail));
        }
    }

    /** @param waitingMax further ones are refused */
    Guests(String name, int threads, int waitingMax) {
        this.threads = Executors.newFixedThreadPool(threads, new ScriptThreads(name));
        this.threadsMax = threads;
        this.waitingMax = waitingMax;
    }

    /** Runs {@code work} for {@code machine} when it is its turn; answers at once where too many wait. */
    CompletableFuture<Reply> host(String machine, Supplier<CompletableFuture<Reply>> work) {
        var guest = new Guest(work, new CompletableFuture<>());
        synchronized (this) {
            var line = lines.get(machine);
            var inLine = line == null ? 0 : line.size();
            if (closed) {
                guest.refuse(Why.SHUTTING_DOWN, "this node is shutting down");
            } else if (waiting >= waitingMax || inLine >= Math.max(1, waitingMax / MACHINE_SHARE)) {
                guest.refuse(
                        Why.OVERLOADED,
                        inLine + " of these are waiting for machine " + machine + " on this node, " + waiting
                                + " in all");
            } else {
                enter(machine, line, guest);
            }
        }
        return guest.reply;
    }

    synchronized int waiting() {
        return waiting;
    }

    private void enter(String machine, @Nullable Deque<Guest> known, Guest guest) {
        if (known == null) {
            var line = new ArrayDeque<Guest>();
            line.add(guest);
            lines.put(machine, line);
            turns.add(machine);
        } else {
            known.add(guest);
        }
        waiting++;
        if (working < threadsMax) {
            working++;
            threads.execute(this::work);
        }
    }

    private void work() {
        for (var guest = next(); guest != null; guest = next()) {
            guest.run();
        }
    }

    /** Null where nobody waits; the thread that asked is then done. */
    private synchronized @Nullable Guest next() {
        var machine = turns.poll();
        var line = machine == null ? null : lines.get(machine);
        if (machine == null || line == null) {
            working--;
            return null;
        }
        var guest = line.remove();
        waiting--;
        if (line.isEmpty()) {
            lines.remove(machine);
        } else {
            turns.add(machine);
        }
        return guest;
    }

    /** Lets those who run end by themselves, as their gas makes them; refuses those who wait. */
    @Override
    public void close() {
        List<Guest> left = new ArrayList<>();
        synchronized (this) {
            closed = true;
            lines.values().forEach(left::addAll);
            lines.clear();
            turns.clear();
            waiting = 0;
        }
        threads.shutdown();
        left.forEach(guest -> guest.refuse(Why.SHUTTING_DOWN, "this node is shutting down"));
    }
}
