package io.perilune.http;

import io.perilune.engine.Engine;
import java.io.IOException;
import java.net.InetSocketAddress;

/** The HTTP API of one node. Owns its listener and threads, not the engine. */
public final class ApiServer implements AutoCloseable {
    private ApiServer() {}

    /**
     * Listens and serves at once; what the engine cannot do yet is answered as unavailable.
     *
     * @throws IOException if the address cannot be bound, saying which and why
     */
    public static ApiServer start(ApiOptions options, Engine engine) throws IOException {
        throw new IOException(options.toString() + engine);
    }

    /** Where it listens, the chosen port included. */
    public InetSocketAddress address() {
        throw new IllegalStateException();
    }

    /** Refuses new requests, waits a bounded time for those being answered, stops. The engine goes on. */
    @Override
    public void close() {}
}
