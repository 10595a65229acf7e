package io.perilune.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Where the HTTP API listens and how much it takes on.
 *
 * @param host name or address to bind; one that is not on loopback is bound when tokens exist
 * @param port 0 for one that the system chooses; {@link ApiServer#address} tells which
 * @param insecure whether any address may be bound although nobody has to show a token
 * @param version of this program, for people
 * @param spool folder for backups that are being fetched
 * @param tls what HTTPS is served with; null for plain HTTP
 */
public record ApiOptions(
        String host,
        int port,
        boolean insecure,
        String version,
        @Nullable SSLContext tls,
        Path spool,
        Bounds bounds) {
    public static final int DEFAULT_PORT = 7070;

    public ApiOptions {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("the HTTP port must be within 0..65535, got " + port);
        }
    }

    /** On 127.0.0.1 with the default bounds. */
    public static ApiOptions loopback(int port) {
        return new ApiOptions("127.0.0.1", port, false, "dev", null, temporary(), Bounds.DEFAULT);
    }

    public ApiOptions withBounds(Bounds changed) {
        return new ApiOptions(host, port, insecure, version, tls, spool, changed);
    }

    public ApiOptions withTls(SSLContext context) {
        return new ApiOptions(host, port, insecure, version, context, spool, bounds);
    }

    public ApiOptions withSpool(Path folder) {
        return new ApiOptions(host, port, insecure, version, tls, folder, bounds);
    }

    private static Path temporary() {
        return Path.of(System.getProperty("java.io.tmpdir"), "perilune-backups");
    }

    boolean isLoopback() {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException unknown) {
            return false;
        }
    }

    /**
     * Every size, count and time that the API keeps within. Each crossing has an answer of its own.
     *
     * @param bodyBytes one request body, one line of NDJSON, one atomic batch
     * @param scriptBytes one script
     * @param bundleBytes all files of a bundle, unpacked
     * @param bodiesBytes all bodies being received or worked on at one time
     * @param requests being worked on at one time
     * @param connections open at one time; further ones wait in the system's backlog
     * @param headerBytes request line and headers
     * @param headerMillis for a request's headers to arrive once they have begun
     * @param bodyMillis for a body to arrive, and for an answer to be read
     * @param idleMillis that a connection may stay open with nothing to do, and a stream while it is the client's turn
     * @param drainMillis that {@link ApiServer#close} waits for requests to be answered
     * @param streamLines of one NDJSON stream that wait for their outcome at one time; they share forces
     * @param streamBytes of the lines of one NDJSON stream that wait for their outcome
     * @param pageBytes of one page of state, give or take one item
     * @param timeoutMillis for a request that asks for no other
     * @param timeoutMillisMax that a request may ask for
     */
    public record Bounds(
            int bodyBytes,
            int scriptBytes,
            int bundleBytes,
            long bodiesBytes,
            int requests,
            int connections,
            int headerBytes,
            int headerMillis,
            int bodyMillis,
            int idleMillis,
            int drainMillis,
            int streamLines,
            int streamBytes,
            int pageBytes,
            int timeoutMillis,
            int timeoutMillisMax) {
        public static final Bounds DEFAULT = new Bounds(
                1 << 20,
                1 << 20,
                8 << 20,
                Math.max(32L << 20, Runtime.getRuntime().maxMemory() / 8),
                10_000,
                20_000,
                64 << 10,
                10_000,
                30_000,
                120_000,
                10_000,
                1_024,
                4 << 20,
                1 << 20,
                10_000,
                120_000);
    }
}
