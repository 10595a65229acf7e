package io.perilune.raft.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * How links behave.
 *
 * @param sockets makes the sockets that dial
 * @param tls how peers prove who they are; null where nobody has to
 * @param connectTimeout for the connection and for the answer to the upgrade
 * @param pingInterval how often a link proves that it is alive
 * @param silenceMax a link that has been silent for so long is dead
 * @param redialFirst pause before the first attempt to reconnect; grows to {@code redialMax}
 * @param queueCount messages waiting on one link
 * @param queueBytes bytes of them
 * @param snapshotTimeout a snapshot transfer during which nothing moved for so long has failed
 * @param snapshotBytesPerSecond at most, for each snapshot sent
 */
public record LinkOptions(
        SocketFactory sockets,
        @Nullable PeerTls tls,
        Duration connectTimeout,
        Duration pingInterval,
        Duration silenceMax,
        Duration redialFirst,
        Duration redialMax,
        int queueCount,
        long queueBytes,
        Duration snapshotTimeout,
        long snapshotBytesPerSecond) {
    public static final LinkOptions DEFAULT = new LinkOptions(
            SocketFactory.getDefault(),
            null,
            Duration.ofSeconds(1),
            Duration.ofMillis(500),
            Duration.ofSeconds(3),
            Duration.ofMillis(20),
            Duration.ofMillis(500),
            4096,
            128L << 20,
            Duration.ofSeconds(30),
            128L << 20);

    public LinkOptions {
        if (pingInterval.multipliedBy(2).compareTo(silenceMax) > 0) {
            throw new IllegalArgumentException(
                    "a link must be able to miss a ping: " + pingInterval + ", " + silenceMax);
        }
        if (queueBytes < Frames.PAYLOAD_BYTES_MAX) {
            throw new IllegalArgumentException("the queue of a link has to hold the largest frame");
        }
    }

    public LinkOptions withTls(@Nullable PeerTls changed) {
        return new LinkOptions(
                sockets,
                changed,
                connectTimeout,
                pingInterval,
                silenceMax,
                redialFirst,
                redialMax,
                queueCount,
                queueBytes,
                snapshotTimeout,
                snapshotBytesPerSecond);
    }

    /** @param connected to {@code address}, which is {@code host:port} */
    Socket spoken(Socket connected, String address) throws IOException {
        if (tls == null) {
            return connected;
        }
        InetSocketAddress peer = Addresses.parse(address);
        return tls.over(connected, peer.getHostString(), peer.getPort());
    }
}
