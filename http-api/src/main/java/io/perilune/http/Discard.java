package io.perilune.http;

import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.xnio.channels.StreamSourceChannel;

/**
 * Reads on for a while after an answer that came before its request's end. Closing at once would reset the connection
 * and take the answer from a client that is still sending. Runs on the connection's thread.
 */
final class Discard {
    private static final long BYTES_MAX = 64L << 20;
    private static final int MILLIS_MAX = 5_000;

    private final HttpServerExchange exchange;
    private final StreamSourceChannel unread;
    private final ByteBuffer buffer = ByteBuffer.allocate(16 << 10);
    private long discarded;
    private boolean done;

    private Discard(HttpServerExchange exchange, StreamSourceChannel unread) {
        this.exchange = exchange;
        this.unread = unread;
    }

    /** Ends the exchange when there is no more, or the connection when it is too much. */
    static void rest(HttpServerExchange exchange, StreamSourceChannel unread) {
        var discard = new Discard(exchange, unread);
        discard.read();
        if (!discard.done) {
            exchange.getIoThread().executeAfter(discard::giveUp, MILLIS_MAX, TimeUnit.MILLISECONDS);
            unread.getReadSetter().set(channel -> discard.read());
            unread.resumeReads();
        }
    }

    private void read() {
        try {
            while (!done) {
                buffer.clear();
                var count = unread.read(buffer);
                discarded += Math.max(0, count);
                if (count == 0) {
                    return;
                } else if (count < 0) {
                    done = true;
                    exchange.endExchange();
                } else if (discarded > BYTES_MAX) {
                    giveUp();
                }
            }
        } catch (IOException gone) {
            giveUp();
        }
    }

    private void giveUp() {
        if (!done) {
            done = true;
            Gateway.abandon(exchange);
        }
    }
}
