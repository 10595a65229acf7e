package io.perilune.http;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.perilune.engine.Engine;
import io.perilune.http.access.Access;
import io.undertow.server.handlers.HttpContinueReadHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP API of one node. Owns its listener and threads, not the engine. */
public final class ApiServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);

    private static final long DRAIN_POLL_MILLIS = 5;
    private static final long STREAMS_DRAIN_MILLIS = 1_000;

    private final Listener listener;
    private final Gateway gateway;
    private final Meters meters;
    private final int drainMillis;

    private ApiServer(Listener listener, Gateway gateway, Meters meters, int drainMillis) {
        this.listener = listener;
        this.gateway = gateway;
        this.meters = meters;
        this.drainMillis = drainMillis;
    }

    /**
     * Listens and serves at once; what the engine cannot do yet is answered as unavailable.
     *
     * @throws IOException if the address cannot be bound, saying which and why
     */
    public static ApiServer start(ApiOptions options, Engine engine) throws IOException {
        return start(options, engine, new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
    }

    /** @param registry where others may have put metrics of theirs; served at {@code /metrics} */
    public static ApiServer start(ApiOptions options, Engine engine, PrometheusMeterRegistry registry)
            throws IOException {
        var meters = new Meters(registry, engine);
        var access = new Access(engine, System::currentTimeMillis);
        var gateway = new Gateway(engine, access, options, meters);
        try {
            var listener = Listener.start(options, new HttpContinueReadHandler(gateway), access);
            return new ApiServer(listener, gateway, meters, options.bounds().drainMillis());
        } catch (IOException refused) {
            meters.close();
            throw refused;
        }
    }

    /** Where it listens now, the chosen port included: on loopback until tokens exist, unless that is insecure. */
    public InetSocketAddress address() {
        return listener.address();
    }

    /** Refuses new requests, waits a bounded time for those being answered, stops. The engine goes on. */
    @Override
    public void close() {
        if (gateway.isDraining()) {
            return;
        }
        gateway.drain();
        awaitDrained();
        listener.close();
        meters.close();
    }

    private void awaitDrained() {
        var deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(drainMillis);
        try {
            while (gateway.active() > 0 && System.nanoTime() < deadline) {
                TimeUnit.MILLISECONDS.sleep(DRAIN_POLL_MILLIS);
            }
            // Streams end in no time, but for those whose clients do not read.
            var streamsDeadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(STREAMS_DRAIN_MILLIS);
            while (gateway.eventStreams() > 0 && System.nanoTime() < streamsDeadline) {
                TimeUnit.MILLISECONDS.sleep(DRAIN_POLL_MILLIS);
            }
        } catch (InterruptedException hurry) {
            Thread.currentThread().interrupt();
        }
        if (gateway.active() > 0) {
            LOG.warn("stopping with {} requests unanswered after {} ms", gateway.active(), drainMillis);
        }
    }
}
