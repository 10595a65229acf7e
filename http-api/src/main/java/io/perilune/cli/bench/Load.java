package io.perilune.cli.bench;

import io.perilune.client.Credentials;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Sends the same request again and again, on so many connections at a time. Without a rate each connection sends the next
 * when it has the answer; with one, requests are due at even times whether or not the cluster keeps up, and their time
 * counts from when they were due, so that waiting for a free connection is not left out.
 */
public final class Load {
    private static final long HIGHEST_MICROS = TimeUnit.MINUTES.toMicros(2);
    private static final long LOOK_MILLIS = 500;

    /** After a connection that broke, or was not to be had. */
    private static final long PAUSE_NANOS = 50_000_000;

    private static final long STACK_BYTES = 256 << 10;

    /**
     * What is sent.
     *
     * @param commands in each request
     */
    public record Shot(List<String> urls, String path, String type, byte[] body, int commands) {}

    /** @param perSecond requests due in a second; 0 for as many as are answered */
    public record Plan(int connections, double perSecond, Duration duration) {}

    /**
     * @param statuses how many requests ended so; 0 for those without an answer
     * @param good latencies of requests answered with 200, in microseconds
     */
    public record Report(long nanos, int commandsEach, SortedMap<Integer, Long> statuses, Histogram good) {
        public double commandsPerSecond() {
            return good.getTotalCount() * (double) commandsEach / (nanos / 1e9);
        }
    }

    private final Credentials credentials;
    private final Shot shot;
    private final Plan plan;
    private final Histogram good = new ConcurrentHistogram(HIGHEST_MICROS, 3);
    private final SortedMap<Integer, Long> statuses = new TreeMap<>();
    private final AtomicLong taken = new AtomicLong();
    private final long begun = System.nanoTime();
    private final long end;

    private Load(Credentials credentials, Shot shot, Plan plan) {
        this.credentials = credentials;
        this.shot = shot;
        this.plan = plan;
        this.end = begun + plan.duration().toNanos();
    }

    /** @param looking told now and then of what was measured so far */
    public static Report run(Credentials credentials, Shot shot, Plan plan, Consumer<Report> looking)
            throws InterruptedException {
        var load = new Load(credentials, shot, plan);
        var threads = new ArrayList<Thread>();
        for (var i = 0; i < plan.connections(); i++) {
            var url = URI.create(shot.urls().get(i % shot.urls().size()));
            var thread = new Thread(null, () -> load.fire(url), "connection-" + i, STACK_BYTES);
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        for (var thread : threads) {
            while (thread.isAlive()) {
                thread.join(LOOK_MILLIS);
                looking.accept(load.report());
            }
        }
        return load.report();
    }

    private synchronized Report report() {
        return new Report(
                Math.min(System.nanoTime(), end) - begun, shot.commands(), new TreeMap<>(statuses), good.copy());
    }

    private void fire(URI url) {
        var request = request(url);
        Wire wire = null;
        for (var due = next(); due < end && System.nanoTime() < end; due = next()) {
            LockSupport.parkNanos(due - System.nanoTime());
            try {
                wire = wire == null ? new Wire(url, credentials.tls()) : wire;
                took(wire.exchange(request), System.nanoTime() - due);
            } catch (IOException | RuntimeException broken) {
                took(0, 0);
                close(wire);
                wire = null;
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
        close(wire);
    }

    /** When the next request is due. */
    private long next() {
        return plan.perSecond() > 0
                ? begun + (long) (taken.getAndIncrement() * 1e9 / plan.perSecond())
                : System.nanoTime();
    }

    private byte[] request(URI url) {
        var head = "POST " + shot.path() + " HTTP/1.1\r\nHost: " + url.getAuthority() + "\r\nContent-Type: "
                + shot.type() + "\r\nContent-Length: " + shot.body().length + "\r\n"
                + (credentials.token() == null ? "" : "Authorization: Bearer " + credentials.token() + "\r\n") + "\r\n";
        var whole = new ByteArrayOutputStream();
        whole.writeBytes(head.getBytes(StandardCharsets.ISO_8859_1));
        whole.writeBytes(shot.body());
        return whole.toByteArray();
    }

    private static void close(@Nullable Wire wire) {
        try {
            if (wire != null) {
                wire.close();
            }
        } catch (IOException gone) {
            // That is what was wanted.
        }
    }

    private void took(int status, long nanos) {
        if (status == 200) {
            good.recordValue(Math.min(HIGHEST_MICROS, TimeUnit.NANOSECONDS.toMicros(nanos)));
        }
        synchronized (this) {
            statuses.merge(status, 1L, Long::sum);
        }
    }
}
