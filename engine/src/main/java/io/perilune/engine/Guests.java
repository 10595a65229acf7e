package io.perilune.engine;

import io.perilune.engine.Reply.Why;
import io.perilune.engine.apply.ScriptThreads;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The threads that run scripts off the log: queries, compiling, dry runs. Bounded in number and queue. */
final class Guests implements AutoCloseable {
    private final ThreadPoolExecutor threads;

    /** @param waitingMax further ones are refused */
    Guests(String name, int threads, int waitingMax) {
        this.threads = new ThreadPoolExecutor(
                threads, threads, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(waitingMax), new ScriptThreads(name));
    }

    /** Runs {@code work} as soon as a thread is free; answers at once where too many wait for one. */
    CompletableFuture<Reply> host(Supplier<CompletableFuture<Reply>> work) {
        var guest = new Guest(work, new CompletableFuture<>());
        try {
            threads.execute(guest);
        } catch (RejectedExecutionException full) {
            guest.refuse(threads.isShutdown());
        }
        return guest.reply;
    }

    /** Lets those who run end by themselves, as their gas makes them; refuses those who wait. */
    @Override
    public void close() {
        threads.shutdown();
        Runnable waiting;
        while ((waiting = threads.getQueue().poll()) != null) {
            ((Guest) waiting).refuse(true);
        }
    }

    private record Guest(Supplier<CompletableFuture<Reply>> work, CompletableFuture<Reply> reply) implements Runnable {
        @Override
        public void run() {
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

        void refuse(boolean closing) {
            reply.complete(
                    closing
                            ? new Reply.Unavailable(Why.SHUTTING_DOWN, "this node is shutting down")
                            : new Reply.Unavailable(Why.OVERLOADED, "too many of these are waiting on this node"));
        }
    }
}
