package io.perilune.http;

import io.perilune.http.access.Access;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.Xnio;
import org.xnio.XnioWorker;

/**
 * The socket that the API listens on, and the threads behind it. As long as nobody has to show a token, that is one on
 * loopback, whatever the options say; it moves to the address that they name when the first token exists.
 */
final class Listener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);

    private static final int IO_THREADS = Math.max(2, Runtime.getRuntime().availableProcessors());

    /** For scripts, large bodies and pages; none of them waits for anything but the processor. */
    private static final int WORKER_THREADS =
            Math.max(4, 2 * Runtime.getRuntime().availableProcessors());

    private static final String LOOPBACK = "127.0.0.1";
    private static final int HEADERS_MAX = 100;
    private static final int PARAMETERS_MAX = 100;
    private static final int BACKLOG = 1_024;
    private static final long LOOK_MILLIS = 100;
    /** Connections that were accepted and still go through the threads that read, one after another, when we stop. */
    private static final int ACCEPTS_UNDER_WAY = 16;

    private static final long STOP_MILLIS = 5_000;

    private final ApiOptions options;
    private final HttpHandler handler;
    private final Access access;
    private final XnioWorker worker;
    private Undertow server;
    private volatile InetSocketAddress address;
    private boolean closed;

    private Listener(ApiOptions options, HttpHandler handler, Access access) throws IOException {
        this.options = options;
        this.handler = handler;
        this.access = access;
        this.worker = worker();
        var confined = !options.insecure() && !options.isLoopback() && !access.isRequired();
        try {
            this.server = listen(confined ? LOOPBACK : options.host(), options.port());
        } catch (IOException refused) {
            worker.shutdownNow();
            throw refused;
        }
        this.address = bound(server);
        if (confined) {
            LOG.warn(
                    "no tokens exist yet, so HTTP is served on {}:{} only; it moves to {} when there is one"
                            + " (perilune token create root --scope admin), or say --insecure",
                    LOOPBACK,
                    address.getPort(),
                    options.host());
            lookLater();
        }
    }

    /** @throws IOException if the address cannot be bound, saying which and why */
    static Listener start(ApiOptions options, HttpHandler handler, Access access) throws IOException {
        return new Listener(options, handler, access);
    }

    private static XnioWorker worker() throws IOException {
        return Xnio.getInstance(Undertow.class.getClassLoader())
                .createWorker(OptionMap.builder()
                        .set(Options.WORKER_NAME, "http")
                        .set(Options.WORKER_IO_THREADS, IO_THREADS)
                        .set(Options.WORKER_TASK_CORE_THREADS, WORKER_THREADS)
                        .set(Options.WORKER_TASK_MAX_THREADS, WORKER_THREADS)
                        .set(Options.TCP_NODELAY, true)
                        .getMap());
    }

    private Undertow listen(String host, int port) throws IOException {
        var built = build(host, port);
        try {
            built.start();
            return built;
        } catch (RuntimeException failed) {
            throw unbound(host + ":" + port, failed);
        }
    }

    private Undertow build(String host, int port) {
        var bounds = options.bounds();
        var tls = options.tls();
        var builder = Undertow.builder();
        builder = tls == null ? builder.addHttpListener(port, host) : builder.addHttpsListener(port, host, tls);
        return builder.setWorker(worker)
                .setIoThreads(IO_THREADS)
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
                .setHandler(handler)
                .build();
    }

    private static IOException unbound(String where, RuntimeException failed) {
        for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException) {
                return new IOException(
                        "cannot serve HTTP on " + where + ": " + cause.getMessage() + "; is another process there?",
                        failed);
            }
        }
        return new IOException("cannot serve HTTP on " + where + ": " + failed.getMessage(), failed);
    }

    private static InetSocketAddress bound(Undertow server) {
        return (InetSocketAddress) server.getListenerInfo().get(0).getAddress();
    }

    /** Where it listens now, the chosen port included. */
    InetSocketAddress address() {
        return address;
    }

    private void lookLater() {
        worker.getIoThread().executeAfter(() -> worker.execute(this::look), LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private synchronized void look() {
        if (closed) {
            return;
        }
        if (!access.isRequired()) {
            lookLater();
            return;
        }
        // Connections go on; only the socket that takes new ones is another.
        var port = address.getPort();
        stopListening();
        try {
            server = listen(options.host(), port);
            LOG.info("there are tokens, so HTTP is served on {}:{} now", options.host(), port);
        } catch (IOException refused) {
            LOG.error("staying on loopback", refused);
            server = again(port);
        }
        address = bound(server);
    }

    /** What was bound a moment ago. */
    private Undertow again(int port) {
        try {
            return listen(LOOPBACK, port);
        } catch (IOException refused) {
            LOG.error("this node serves no HTTP any more", refused);
            return server;
        }
    }

    /** Accepting ends before the socket goes, or the thread that accepts stumbles over it and logs that as an error. */
    private void stopListening() {
        server.getListenerInfo().forEach(Undertow.ListenerInfo::suspend);
        try {
            for (var round = 0; round < ACCEPTS_UNDER_WAY; round++) {
                var passed = new CountDownLatch(IO_THREADS);
                for (var thread = 0; thread < IO_THREADS; thread++) {
                    worker.getIoThread(thread).execute(passed::countDown);
                }
                passed.await(STOP_MILLIS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException hurry) {
            Thread.currentThread().interrupt();
        }
        server.stop();
    }

    /** Ends all connections. */
    @Override
    public synchronized void close() {
        closed = true;
        stopListening();
        worker.shutdownNow();
        try {
            if (!worker.awaitTermination(STOP_MILLIS, TimeUnit.MILLISECONDS)) {
                LOG.warn("threads of HTTP still run after {} ms", STOP_MILLIS);
            }
        } catch (InterruptedException hurry) {
            Thread.currentThread().interrupt();
        }
    }
}
