package io.perilune.http;

import static java.util.Objects.requireNonNull;

import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.IoUtils;
import org.xnio.channels.StreamSinkChannel;

/**
 * Part of a file to one client, at its pace: a worker reads a chunk when the one before has gone out. Everything else here
 * is the connection's thread's.
 */
final class Download {
    private static final Logger LOG = LoggerFactory.getLogger(Download.class);
    private static final int CHUNK_BYTES = 256 << 10;

    private final HttpServerExchange exchange;
    private final StreamSinkChannel sink;
    private final FileChannel file;
    private final int stalledMillis;
    private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES).flip();
    private long position;
    private final long end;
    private boolean reading;
    private boolean over;
    private @Nullable Stall stall;

    private Download(HttpServerExchange exchange, FileChannel file, long from, long end, int stalledMillis) {
        this.exchange = exchange;
        this.file = file;
        this.position = from;
        this.end = end;
        this.stalledMillis = stalledMillis;
        this.sink = exchange.getResponseChannel();
    }

    /** Once it has begun, it is sent to its end even if the file is deleted meanwhile. */
    static Streaming of(Path path, long from, long end, int stalledMillis) {
        return exchange -> {
            try {
                var file = FileChannel.open(path, StandardOpenOption.READ);
                exchange.setResponseContentLength(end - from);
                new Download(exchange, file, from, end, stalledMillis).begin();
            } catch (IOException gone) {
                LOG.warn("a download does not begin: {}", gone.toString());
                Gateway.abandon(exchange);
            }
        };
    }

    private void begin() {
        exchange.addExchangeCompleteListener((done, next) -> {
            over = true;
            if (stall != null) {
                stall.end();
            }
            IoUtils.safeClose(file);
            next.proceed();
        });
        sink.getWriteSetter().set(channel -> proceed());
        stall = Stall.watch(exchange.getIoThread(), stalledMillis, () -> !reading, this::abandon);
        proceed();
    }

    private void proceed() {
        if (over || reading) {
            return;
        }
        try {
            while (chunk.hasRemaining()) {
                if (sink.write(chunk) == 0) {
                    sink.resumeWrites();
                    return;
                }
                requireNonNull(stall).progress();
            }
            if (position < end) {
                sink.suspendWrites();
                reading = true;
                exchange.getConnection().getWorker().execute(this::read);
            } else {
                finish();
            }
        } catch (IOException | RejectedExecutionException gone) {
            abandon();
        }
    }

    /** By a worker. */
    private void read() {
        var whole = true;
        try {
            chunk.clear().limit((int) Math.min(CHUNK_BYTES, end - position));
            while (chunk.hasRemaining()) {
                var count = file.read(chunk, position);
                if (count < 0) {
                    throw new IOException("the file has become shorter");
                }
                position += count;
            }
            chunk.flip();
        } catch (IOException unreadable) {
            LOG.warn("a download breaks off: {}", unreadable.toString());
            whole = false;
        }
        var goesOn = whole;
        exchange.getIoThread().execute(() -> {
            reading = false;
            if (goesOn) {
                proceed();
            } else {
                abandon();
            }
        });
    }

    private void finish() throws IOException {
        sink.shutdownWrites();
        if (sink.flush()) {
            over = true;
            exchange.endExchange();
        } else {
            sink.resumeWrites();
        }
    }

    private void abandon() {
        over = true;
        IoUtils.safeClose(file);
        Gateway.abandon(exchange);
    }
}
