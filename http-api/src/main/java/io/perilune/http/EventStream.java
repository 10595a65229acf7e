package io.perilune.http;

import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.channels.StreamSinkChannel;

/**
 * Events as a feed has them, to one client. The next are only looked up when those before have gone out, so a stream
 * holds no queue, and a client that is slow falls behind in the feed rather than in memory. Everything here is the
 * connection's thread's, except that the feed is asked by a worker, and any thread may wake it.
 */
final class EventStream {
    private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);
    private static final int WRITE_BYTES = 64 << 10;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final HttpServerExchange exchange;
    private final StreamSinkChannel sink;
    private final Executor worker;
    private final Feed feed;
    private final BooleanSupplier welcome;
    private final int heartbeatMillis;
    private final int stalledMillis;
    private final AtomicBoolean woken = new AtomicBoolean();

    private ByteBuffer writing = NOTHING;
    private boolean pulling;
    /** Something may have happened since the feed was asked. */
    private boolean again;

    private boolean last;
    private boolean finishing;
    private boolean over;
    private long progressed = System.nanoTime();
    private @Nullable Runnable subscription;

    EventStream(
            HttpServerExchange exchange, Feed feed, BooleanSupplier welcome, int heartbeatMillis, int stalledMillis) {
        this.exchange = exchange;
        this.feed = feed;
        this.welcome = welcome;
        this.heartbeatMillis = heartbeatMillis;
        this.stalledMillis = stalledMillis;
        this.worker = exchange.getConnection().getWorker();
        this.sink = exchange.getResponseChannel();
    }

    void begin() {
        exchange.addExchangeCompleteListener((done, next) -> {
            over = true;
            if (subscription != null) {
                subscription.run();
            }
            next.proceed();
        });
        sink.getWriteSetter().set(channel -> guarded(this::write));
        subscription = feed.subscribe(this::wake);
        writing = new Frames().comment(feed.greeting()).toBuffer();
        heartbeat();
        again = true;
        guarded(this::write);
    }

    /** By any thread. */
    private void wake() {
        if (woken.compareAndSet(false, true)) {
            onIoThread(() -> {
                woken.set(false);
                again = true;
                guarded(this::proceed);
            });
        }
    }

    /** By any thread: says no more. */
    void end() {
        onIoThread(() -> {
            last = true;
            guarded(this::proceed);
        });
    }

    private void onIoThread(Runnable work) {
        try {
            exchange.getIoThread().execute(work);
        } catch (RejectedExecutionException stopped) {
            LOG.debug("a stream ends with its server");
        }
    }

    private interface Step {
        void run() throws IOException;
    }

    private void guarded(Step step) {
        if (over) {
            return;
        }
        try {
            step.run();
        } catch (IOException gone) {
            abandon();
        } catch (RuntimeException bug) {
            LOG.error("a stream of events broke", bug);
            abandon();
        }
    }

    private void proceed() throws IOException {
        if (pulling || writing.hasRemaining()) {
            return;
        }
        if (last) {
            finish();
        } else if (again) {
            again = false;
            pulling = true;
            worker.execute(this::pull);
        }
    }

    /** By a worker. */
    private void pull() {
        var frames = new Frames();
        var more = false;
        try {
            more = welcome.getAsBoolean() && feed.pull(frames, WRITE_BYTES);
        } catch (RuntimeException bug) {
            LOG.error("a feed of events broke", bug);
        }
        var goesOn = more;
        onIoThread(() -> guarded(() -> pulled(frames, goesOn)));
    }

    private void pulled(Frames frames, boolean goesOn) throws IOException {
        pulling = false;
        last |= !goesOn;
        if (frames.bytes() > 0) {
            again = true;
            writing = frames.toBuffer();
            progressed = System.nanoTime();
            write();
        } else {
            proceed();
        }
    }

    private void write() throws IOException {
        if (finishing) {
            finish();
            return;
        }
        while (writing.hasRemaining()) {
            if (sink.write(writing) == 0) {
                sink.resumeWrites();
                return;
            }
            progressed = System.nanoTime();
        }
        if (!sink.flush()) {
            sink.resumeWrites();
            return;
        }
        sink.suspendWrites();
        writing = NOTHING;
        proceed();
    }

    private void finish() throws IOException {
        if (!finishing) {
            finishing = true;
            sink.shutdownWrites();
        }
        if (sink.flush()) {
            over = true;
            sink.suspendWrites();
            exchange.endExchange();
        } else {
            sink.resumeWrites();
        }
    }

    private void heartbeat() {
        exchange.getIoThread()
                .executeAfter(
                        () -> guarded(() -> {
                            beat();
                            if (!over) {
                                heartbeat();
                            }
                        }),
                        heartbeatMillis,
                        TimeUnit.MILLISECONDS);
    }

    private void beat() throws IOException {
        if (writing.hasRemaining() || finishing) {
            var millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - progressed);
            if (millis > stalledMillis) {
                abandon();
            }
        } else if (!welcome.getAsBoolean()) {
            last = true;
            proceed();
        } else if (!pulling) {
            writing = new Frames().comment("").toBuffer();
            progressed = System.nanoTime();
            write();
        }
    }

    private void abandon() {
        over = true;
        Gateway.abandon(exchange);
    }
}
