package io.perilune.raft.transport;

import io.perilune.raft.proto.Message;
import io.perilune.raft.transport.HttpTransport.Counters;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.channels.StreamSourceChannel;
import org.xnio.conduits.ConduitStreamSinkChannel;

/**
 * A connection that a peer dialed, after the upgrade. The I/O thread owns it: it parses, hands messages to the receiver,
 * which only enqueues them, and answers pings.
 */
final class IncomingLink {
    private static final Logger log = LoggerFactory.getLogger(IncomingLink.class);
    private static final int BUFFER_BYTES = 128 << 10;
    private static final byte[] PONG = Frames.empty(Frames.PONG);

    private final StreamConnection connection;
    private final long peer;
    private final Receiver receiver;
    private final Counters counters;
    private final long silenceNanos;
    private final Consumer<IncomingLink> ended;
    private final FrameDecoder decoder = new FrameDecoder(this::take);
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    /** What of a pong did not fit the socket yet; the next waits for it. */
    private @Nullable ByteBuffer pong;

    private long heardNanos = System.nanoTime();

    IncomingLink(
            StreamConnection connection,
            long peer,
            Receiver receiver,
            Counters counters,
            LinkOptions options,
            Consumer<IncomingLink> ended) {
        this.connection = connection;
        this.peer = peer;
        this.receiver = receiver;
        this.counters = counters;
        this.silenceNanos = options.silenceMax().toNanos();
        this.ended = ended;
    }

    long peer() {
        return peer;
    }

    void start() {
        connection.getCloseSetter().set((ChannelListener<StreamConnection>) closed -> ended.accept(this));
        connection.getSourceChannel().getReadSetter().set((ChannelListener<StreamSourceChannel>) this::read);
        // The first frames may already be in Undertow's buffer, of which the selector knows nothing.
        connection.getSourceChannel().wakeupReads();
        watch();
    }

    void close() {
        IoUtils.safeClose(connection);
    }

    private void read(StreamSourceChannel from) {
        try {
            while (true) {
                buffer.clear();
                int count = from.read(buffer);
                if (count < 0) {
                    close();
                    return;
                }
                if (count == 0) {
                    return;
                }
                heardNanos = System.nanoTime();
                buffer.flip();
                decoder.decode(buffer);
            }
        } catch (IOException e) {
            log.debug("the link from node {} ended: {}", peer, e.toString());
            close();
        } catch (RuntimeException | Error e) {
            log.error("the link from node {} failed", peer, e);
            close();
        }
    }

    private void take(byte type, byte[] bytes, int length) throws IOException {
        switch (type) {
            case Frames.MESSAGE -> deliver(Frames.parseMessage(bytes, length));
            case Frames.PING -> answerPing();
            default -> throw new IOException("a frame of unknown type " + type);
        }
    }

    private void deliver(Message message) throws IOException {
        if (message.getFrom() != peer) {
            throw new IOException("a message from " + message.getFrom() + " on the link of node " + peer);
        }
        counters.received.increment();
        if (!receiver.receive(message)) {
            counters.refused.increment();
        }
    }

    private void answerPing() throws IOException {
        ConduitStreamSinkChannel sink = connection.getSinkChannel();
        ByteBuffer unsent = pong != null ? pong : ByteBuffer.wrap(PONG);
        sink.write(unsent);
        sink.flush();
        pong = unsent.hasRemaining() ? unsent : null;
    }

    /** Looks again and again whether the peer is still heard. */
    private void watch() {
        connection.getIoThread().executeAfter(this::checkSilence, silenceNanos / 2, TimeUnit.NANOSECONDS);
    }

    private void checkSilence() {
        if (!connection.isOpen()) {
            return;
        }
        if (System.nanoTime() - heardNanos > silenceNanos) {
            log.debug("the link from node {} has been silent for too long", peer);
            close();
        } else {
            watch();
        }
    }
}
