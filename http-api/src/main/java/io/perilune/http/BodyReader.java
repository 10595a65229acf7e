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

    /** How large a body may be, and what its name is in the answer to a larger one. */
    record Limit(String name, int bytes) {}

    /** What becomes of a body. One of the methods is called, once. */
    interface Receiver {
        void received(byte[] body);

        /**
         * There will be no body; the connection can still take an answer.
         *
         * @param unread where the rest of the body may still come from; null if nobody has begun to read it
         */
        void refused(Problem problem, @Nullable StreamSourceChannel unread);

        /** The client is gone. */
        void broken();
    }

    private final HttpServerExchange exchange;
    private final Limit limit;
    private final Budget.Share share;
    private final Receiver receiver;
    private byte[] bytes = new byte[0];
    private int length;
    private boolean done;
    private @Nullable StreamSourceChannel channel;
    private XnioExecutor.@Nullable Key deadline;

    private BodyReader(HttpServerExchange exchange, Limit limit, Budget.Share share, Receiver receiver) {
        this.exchange = exchange;
        this.limit = limit;
        this.share = share;
        this.receiver = receiver;
    }

    static void read(HttpServerExchange exchange, Limit limit, int millisMax, Budget.Share share, Receiver receiver) {
        var announced = exchange.getRequestContentLength();
        if (announced > limit.bytes) {
            receiver.refused(tooLarge(limit), null);
            return;
        }
        if (exchange.isRequestComplete()) {
            receiver.received(new byte[0]);
            return;
        }
        new BodyReader(exchange, limit, share, receiver).start(announced, millisMax);
    }

    private static Problem tooLarge(Limit limit) {
        return Problem.of(Kind.TOO_LARGE, "a " + limit.name + " has at most " + limit.bytes + " bytes here")
                .with("limit", limit.bytes, "which", limit.name);
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
        if (length == limit.bytes) {
            refuse(tooLarge(limit));
            return false;
        }
        if (!grow((int) Math.min(limit.bytes, Math.max(FIRST_BYTES, 2L * length)))) {
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
        receiver.refused(problem, channel);
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
