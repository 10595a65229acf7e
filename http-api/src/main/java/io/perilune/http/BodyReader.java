package io.perilune.http;

import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.xnio.XnioExecutor;
import org.xnio.channels.StreamSourceChannel;

/**
 * Receives one body of bounded size in bounded time, without waiting. Memory is taken as bytes come, not as the client
 * announces them, and within a budget that all bodies share. Runs on the connection's thread.
 */
final class BodyReader {
    private static final int FIRST_BYTES = 16 << 10;

    /** What becomes of a body. One of the methods is called, once. */
    interface Receiver {
        void received(byte[] body);

        /** There will be no body; the connection can still take an answer. */
        void refused(Problem problem);

        /** The client is gone. */
        void broken();
    }

    private final HttpServerExchange exchange;
    private final int bytesMax;
    private final Budget.Share share;
    private final Receiver receiver;
    private byte[] bytes = new byte[0];
    private int length;
    private boolean done;
    private @Nullable StreamSourceChannel channel;
    private XnioExecutor.@Nullable Key deadline;

    private BodyReader(HttpServerExchange exchange, int bytesMax, Budget.Share share, Receiver receiver) {
        this.exchange = exchange;
        this.bytesMax = bytesMax;
        this.share = share;
        this.receiver = receiver;
    }

    static void read(
            HttpServerExchange exchange, int bytesMax, int millisMax, Budget.Share share, Receiver receiver) {
        var announced = exchange.getRequestContentLength();
        if (announced > bytesMax) {
            receiver.refused(tooLarge(bytesMax));
            return;
        }
        if (exchange.isRequestComplete()) {
            receiver.received(new byte[0]);
            return;
        }
        new BodyReader(exchange, bytesMax, share, receiver).start(announced, millisMax);
    }

    static Problem tooLarge(int bytesMax) {
        return Problem.of(Kind.TOO_LARGE, "a body has at most " + bytesMax + " bytes here")
                .with("limit", bytesMax, "which", "body");
    }

    private void start(long announced, int millisMax) {
        if (!grow(announced < 0 ? FIRST_BYTES : (int) Math.min(announced, FIRST_BYTES))) {
            return;
        }
        channel = exchange.getRequestChannel();
        pump(channel);
        if (!done) {
            deadline = exchange.getIoThread().executeAfter(this::expire, millisMax, TimeUnit.MILLISECONDS);
            channel.getReadSetter().set(this::pump);
            channel.resumeReads();
        }
    }

    private void pump(StreamSourceChannel channel) {
        try {
            while (!done) {
                if (length == bytes.length && !makeRoom(channel)) {
                    return;
                }
                var count = channel.read(ByteBuffer.wrap(bytes, length, bytes.length - length));
                if (count == 0) {
                    return;
                } else if (count < 0) {
                    finish();
                    receiver.received(length == bytes.length ? bytes : Arrays.copyOf(bytes, length));
                } else {
                    length += (int) count;
                }
            }
        } catch (IOException gone) {
            finish();
            receiver.broken();
        }
    }

    /** A full array may be the whole body: only one more byte proves otherwise. */
    private boolean makeRoom(StreamSourceChannel channel) throws IOException {
        var probe = ByteBuffer.allocate(1);
        var count = channel.read(probe);
        if (count == 0) {
            return false;
        }
        if (count < 0) {
            finish();
            receiver.received(bytes);
            return false;
        }
        if (length == bytesMax) {
            refuse(tooLarge(bytesMax));
            return false;
        }
        if (!grow((int) Math.min(bytesMax, Math.max(FIRST_BYTES, 2L * length)))) {
            return false;
        }
        bytes[length++] = probe.get(0);
        return true;
    }

    private boolean grow(int size) {
        if (!share.take(size - bytes.length)) {
            refuse(Problem.of(Kind.OVERLOADED, "bodies of other requests take all the room there is"));
            return false;
        }
        bytes = Arrays.copyOf(bytes, size);
        return true;
    }

    private void expire() {
        if (!done) {
            refuse(Problem.of(Kind.REQUEST_TIMEOUT, "the body took too long to arrive"));
        }
    }

    private void refuse(Problem problem) {
        finish();
        receiver.refused(problem);
    }

    private void finish() {
        done = true;
        if (deadline != null) {
            deadline.remove();
        }
        if (channel != null) {
            channel.getReadSetter().set(null);
            channel.suspendReads();
        }
    }
}
