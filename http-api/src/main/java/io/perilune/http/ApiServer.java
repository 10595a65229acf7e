package io.perilune.http;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.perilune.engine.Engine;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.handlers.HttpContinueReadHandler;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.Options;

/** The HTTP API of one node. Owns its listener and threads, not the engine. */
public final class ApiServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);

    private static final int IO_THREADS = Math.max(2, Runtime.getRuntime().availableProcessors());

    /** For scripts, large bodies and pages; none of them waits for anything but the processor. */
    private static final int WORKER_THREADS =
            Math.max(4, 2 * Runtime.getRuntime().availableProcessors());

    private static final int HEADERS_MAX = 100;
    private static final int PARAMETERS_MAX = 100;
    private static final int BACKLOG = 1_024;
    private static final long DRAIN_POLL_MILLIS = 5;
    private static final long STREAMS_DRAIN_MILLIS = 1_000;

    private final Undertow server;
    private final InetSocketAddress address;
    private final Gateway gateway;
    private final Meters meters;
    private final int drainMillis;

    private ApiServer(Undertow server, Gateway gateway, Meters meters, int drainMillis) {
        this.server = server;
        this.address = (InetSocketAddress) server.getListenerInfo().get(0).getAddress();
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
        var gateway = new Gateway(engine, options, meters);
        var server = server(options, gateway);
        try {
            server.start();
        } catch (RuntimeException failed) {
            meters.close();
            throw unbound(options, failed);
        }
        return new ApiServer(server, gateway, meters, options.bounds().drainMillis());
    }

    private static Undertow server(ApiOptions options, Gateway gateway) {
        var bounds = options.bounds();
        return Undertow.builder()
                .addHttpListener(options.port(), options.host())
                .setIoThreads(IO_THREADS)
                .setWorkerThreads(WORKER_THREADS)
                .setSocketOption(Options.BACKLOG, BACKLOG)
                .setSocketOption(Options.CONNECTION_HIGH_WATER, bounds.connections())
                .setSocketOption(Options.CONNECTION_LOW_WATER, bounds.connections())
                .setSocketOption(Options.TCP_NODELAY, true)
                // Paths are matched and decoded by us, so that an encoded slash stays part of a name.
                .setServerOption(UndertowOptions.DECODE_URL, false)
                .setServerOption(UndertowOptions.MAX_HEADER_SIZE, bounds.headerBytes())
                .setServerOption(UndertowOptions.MAX_HEADERS, HEADERS_MAX)
                .setServerOption(UndertowOptions.MAX_PARAMETERS, PARAMETERS_MAX)
                .setServerOption(UndertowOptions.REQUEST_PARSE_TIMEOUT, bounds.headerMillis())
                .setServerOption(UndertowOptions.NO_REQUEST_TIMEOUT, bounds.idleMillis())
                // Bodies are bounded by their readers, who can still answer.
                .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, -1L)
                .setServerOption(UndertowOptions.ALWAYS_SET_DATE, true)
                .setServerOption(UndertowOptions.ENABLE_HTTP2, false)
                .setHandler(new HttpContinueReadHandler(gateway))
                .build();
    }

    private static IOException unbound(ApiOptions options, RuntimeException failed) {
        var where = options.host() + ":" + options.port();
        for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException) {
                return new IOException(
                        "cannot serve HTTP on " + where + ": " + cause.getMessage() + "; is another process there?",
                        failed);
            }
        }
        return new IOException("cannot serve HTTP on " + where + ": " + failed.getMessage(), failed);
    }

    /** Where it listens, the chosen port included. */
    public InetSocketAddress address() {
        return address;
    }

    /** Refuses new requests, waits a bounded time for those being answered, stops. The engine goes on. */
    @Override
    public void close() {
        if (gateway.isDraining()) {
            return;
        }
        gateway.drain();
        awaitDrained();
        // The thread that accepts would stumble over a closed socket, and log that as an error.
        server.getListenerInfo().forEach(Undertow.ListenerInfo::suspend);
        server.stop();
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
