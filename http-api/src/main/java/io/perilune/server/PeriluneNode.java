package io.perilune.server;

import io.perilune.engine.Engine;
import io.perilune.engine.EngineOptions;
import io.perilune.engine.raft.RaftReplication;
import io.perilune.engine.raft.RaftSettings;
import io.perilune.http.ApiOptions;
import io.perilune.http.ApiServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** One running node. Closing hands leadership over where it can, answers what is under way, and stops. */
public final class PeriluneNode implements AutoCloseable {
    private final Engine engine;
    private final ApiServer api;
    private final AtomicBoolean closed = new AtomicBoolean();

    private PeriluneNode(Engine engine, ApiServer api) {
        this.engine = engine;
        this.api = api;
    }

    /**
     * @param onFailure called once if the node cannot go on by itself, on a disk error for instance; the process should
     *     end
     * @throws IOException if the data directory is in use, belongs to another node or is damaged, or an address cannot
     *     be bound; the message says which
     */
    public static PeriluneNode start(RaftSettings raft, ApiOptions http, Consumer<Throwable> onFailure)
            throws IOException {
        var engine = engine(raft, onFailure);
        try {
            return new PeriluneNode(engine, ApiServer.start(http, engine));
        } catch (IOException | RuntimeException refused) {
            engine.close();
            throw refused;
        }
    }

    private static Engine engine(RaftSettings raft, Consumer<Throwable> onFailure) throws IOException {
        try {
            return Engine.start(EngineOptions.DEFAULT, state -> {
                try {
                    return RaftReplication.start(raft, state, onFailure);
                } catch (IOException refused) {
                    throw new UncheckedIOException(refused);
                }
            });
        } catch (UncheckedIOException refused) {
            throw refused.getCause();
        }
    }

    public Engine engine() {
        return engine;
    }

    /** Where the HTTP API listens. */
    public InetSocketAddress http() {
        return api.address();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            api.close();
            engine.close();
        }
    }
}
