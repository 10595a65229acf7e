package io.perilune.engine;

import io.perilune.engine.replication.ReplicatedState;
import io.perilune.engine.replication.Replication;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * The platform behind its API: commands in, replies out, on any node. Safe for use by any thread; no method waits, and
 * every future completes. Futures complete on threads of the engine that must not be held up: hand work that can wait
 * to threads of your own.
 */
public final class Engine implements AutoCloseable {
    private Engine() {}

    /** Starts over consensus that {@code replication} builds around the engine's state. */
    public static Engine start(EngineOptions options, Function<ReplicatedState, Replication> replication) {
        throw new IllegalStateException();
    }

    /** @param timeoutMillis after which an undecided request ends as {@link Reply.Unknown} */
    public CompletableFuture<Reply> submit(Request request, long timeoutMillis) {
        throw new IllegalStateException();
    }

    /** Compiles and, for a new machine, runs {@code init} on nothing, without leaving a trace. */
    public CompletableFuture<Reply> dryRun(Request.Deploy deploy) {
        throw new IllegalStateException();
    }

    public CompletableFuture<Reply> query(Query query) {
        throw new IllegalStateException();
    }

    /** The state at a freshness, or why not. */
    public CompletableFuture<Read> read(ReadOptions options) {
        throw new IllegalStateException();
    }

    /** The state as this node has it now. */
    public View local() {
        throw new IllegalStateException();
    }

    public Replication.ClusterStatus status() {
        throw new IllegalStateException();
    }

    public CompletableFuture<Boolean> transferLeadership(long member, long timeoutMillis) {
        throw new IllegalStateException();
    }

    @Override
    public void close() {
        throw new IllegalStateException();
    }

    public sealed interface Read {
        record At(View view) implements Read {}

        record Refused(Reply.Unavailable reason) implements Read {}
    }
}
