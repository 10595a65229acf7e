package io.perilune.http;

import static java.util.Objects.requireNonNull;

import io.perilune.engine.Engine;
import io.perilune.engine.Reply;
import io.perilune.engine.Request;
import io.perilune.http.access.Caller;
import io.perilune.http.json.JsonWriter;
import io.perilune.scripting.ValueCodec;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.channels.StreamSinkChannel;
import org.xnio.channels.StreamSourceChannel;

/**
 * Commands as lines in, answers as lines out, in order. A window of commands is under way at one time, so that they
 * share forces; what lies beyond it stays in the socket. Everything here is the connection's thread's, except that
 * outcomes arrive by any thread and wake it.
 */
final class CommandStream {
    private static final Logger LOG = LoggerFactory.getLogger(CommandStream.class);

    private static final int READ_BYTES = 16 << 10;

    /** Answers put together for one write. */
    private static final int WRITE_BYTES = 64 << 10;

    /** Reads and writes in a row, before other connections of the thread have their turn. */
    private static final int ROUNDS_MAX = 16;

    private static final int WAITING_MEANS_BUSY = 64;
    private static final int LINES_WHEN_BUSY = 64;

    /**
     * Where the lines go.
     *
     * @param welcome whether the caller still may do this
     */
    record Target(
            String machine,
            @Nullable String name,
            @Nullable String key,
            Caller caller,
            BooleanSupplier welcome,
            @Nullable String traceparent,
            long timeoutMillis) {}

    /** One line under way. Written by the thread that brings the outcome, read by the connection's. */
    private static final class Slot {
        private final int line;
        private final int bytes;
        private final long begun = System.nanoTime();
        private volatile @Nullable Reply reply;
        private volatile @Nullable Problem problem;

        Slot(int line, int bytes) {
            this.line = line;
            this.bytes = bytes;
        }

        boolean isDecided() {
            return reply != null || problem != null;
        }
    }

    private final HttpServerExchange exchange;
    private final Engine engine;
    private final ApiOptions.Bounds bounds;
    private final Meters meters;
    private final Target target;
    private final BooleanSupplier draining;

    private final StreamSourceChannel source;
    private @Nullable StreamSinkChannel sink;
    private final ByteBuffer unread = ByteBuffer.allocate(READ_BYTES).flip();
    private final ByteArrayOutputStream begunLine = new ByteArrayOutputStream();
    private final Deque<Slot> underWay = new ArrayDeque<>();
    private final Lines answers = new Lines();
    private final AtomicBoolean woken = new AtomicBoolean();
    private ByteBuffer writing = ByteBuffer.allocate(0);
    private boolean unflushed;
    private int bytesUnderWay;
    private int line;
    private boolean lineTooLong;
    private boolean sourceEnded;
    private boolean finishing;
    private boolean over;
    private @Nullable Stall stall;

    CommandStream(
            HttpServerExchange exchange,
            Engine engine,
            ApiOptions.Bounds bounds,
            Meters meters,
            Target target,
            BooleanSupplier draining) {
        this.exchange = exchange;
        this.engine = engine;
        this.bounds = bounds;
        this.meters = meters;
        this.target = target;
        this.draining = draining;
        exchange.setMaxEntitySize(-1);
        exchange.setStatusCode(200);
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, MediaTypes.NDJSON);
        Gateway.describe(exchange, engine.status());
        source = exchange.getRequestChannel();
    }

    void begin() {
        source.getReadSetter().set(channel -> advance());
        var watching = Stall.watch(exchange.getIoThread(), bounds.idleMillis(), this::isClientsTurn, this::abandon);
        stall = watching;
        exchange.addExchangeCompleteListener((done, next) -> {
            watching.end();
            next.proceed();
        });
        advance();
    }

    /** Does all that can be done now: answers first, for they make room. */
    private void advance() {
        if (over) {
            return;
        }
        woken.set(false);
        try {
            var writable = true;
            var more = true;
            for (var round = 0; more && writable; round++) {
                if (round == ROUNDS_MAX) {
                    exchange.getIoThread().execute(this::advance);
                    return;
                }
                collectAnswers();
                writable = write();
                more = read();
            }
            if (sourceEnded && underWay.isEmpty() && writable && answers.bytes() == 0) {
                finish();
            }
        } catch (IOException gone) {
            abandon();
        } catch (RuntimeException bug) {
            LOG.error("a stream of commands to {} broke at line {}", target.machine, line, bug);
            abandon();
        }
    }

    private void collectAnswers() {
        for (var slot = underWay.peek(); slot != null && slot.isDecided() && hasAnswerRoom(); slot = underWay.peek()) {
            underWay.remove();
            bytesUnderWay -= slot.bytes;
            answers.add(answer(slot));
        }
    }

    private JsonWriter answer(Slot slot) {
        var reply = slot.reply;
        if (reply != null) {
            meters.command(target.machine, target.name, reply, System.nanoTime() - slot.begun);
            return Replies.line(reply, target.machine, target.caller, slot.line);
        }
        var problem = slot.problem;
        if (problem == null) {
            throw new IllegalStateException("line " + slot.line + " has no outcome");
        }
        return problem.inLine(slot.line).write(new JsonWriter());
    }

    private boolean hasAnswerRoom() {
        return answers.bytes() < WRITE_BYTES;
    }

    /** Taken when there is something to write: from then on, nobody can be told any more to go on and send (RFC 9110, 10.1.1). */
    private StreamSinkChannel sink() {
        if (sink == null) {
            sink = exchange.getResponseChannel();
            sink.getWriteSetter().set(channel -> advance());
        }
        return sink;
    }

    /** @return whether everything that there was went out */
    private boolean write() throws IOException {
        while (true) {
            if (!writing.hasRemaining()) {
                if (answers.bytes() == 0) {
                    break;
                }
                writing = ByteBuffer.wrap(answers.toBytes());
                answers.clear();
            }
            unflushed = true;
            if (sink().write(writing) == 0) {
                sink().resumeWrites();
                return false;
            }
            requireNonNull(stall).progress();
        }
        if (unflushed) {
            if (!sink().flush()) {
                sink().resumeWrites();
                return false;
            }
            unflushed = false;
            sink().suspendWrites();
        }
        return true;
    }

    /** @return whether something was read and decided at once, so that there is more to write */
    private boolean read() throws IOException {
        if (draining.getAsBoolean() && !sourceEnded) {
            sourceEnded = true;
        }
        while (!sourceEnded && hasRoom()) {
            if (unread.hasRemaining()) {
                takeLine();
                continue;
            }
            unread.clear();
            var count = source.read(unread);
            unread.flip();
            if (count == 0) {
                source.resumeReads();
                return isHeadDecided();
            } else if (count < 0) {
                endLine();
                sourceEnded = true;
            }
            requireNonNull(stall).progress();
        }
        source.suspendReads();
        return isHeadDecided();
    }

    private boolean isHeadDecided() {
        var head = underWay.peek();
        return head != null && head.isDecided() && hasAnswerRoom();
    }

    private boolean hasRoom() {
        return underWay.size() < linesMax() && bytesUnderWay < bounds.streamBytes() && answers.bytes() < WRITE_BYTES;
    }

    /** Where commands of the machine wait for each other already, no more than keep it busy. */
    private int linesMax() {
        return underWay.size() < LINES_WHEN_BUSY || engine.admissionsWaiting(target.machine) < WAITING_MEANS_BUSY
                ? bounds.streamLines()
                : LINES_WHEN_BUSY;
    }

    /** Up to the end of the line or of what has been read, whichever comes first. */
    private void takeLine() {
        var start = unread.position();
        var end = start;
        while (end < unread.limit() && unread.get(end) != '\n') {
            end++;
        }
        if (!lineTooLong) {
            begunLine.write(unread.array(), start, end - start);
            if (begunLine.size() > bounds.bodyBytes()) {
                lineTooLong = true;
                begunLine.reset();
            }
        }
        var ended = end < unread.limit();
        unread.position(ended ? end + 1 : end);
        if (ended) {
            endLine();
        }
    }

    private void endLine() {
        var text = begunLine.toByteArray();
        begunLine.reset();
        if (lineTooLong) {
            lineTooLong = false;
            refuse(Problem.of(Kind.TOO_LARGE, "a line has at most " + bounds.bodyBytes() + " bytes")
                    .with("limit", bounds.bodyBytes(), "which", "line"));
        } else if (!Commands.isBlank(text, 0, text.length)) {
            submit(text);
        }
    }

    private void refuse(Problem problem) {
        var slot = new Slot(++line, 0);
        slot.problem = problem;
        underWay.add(slot);
    }

    private void submit(byte[] text) {
        if (!target.welcome.getAsBoolean()) {
            refuse(Problem.of(Kind.UNAUTHENTICATED, "the token is not valid any more"));
            return;
        }
        Request.Call call;
        try {
            var argument = ValueCodec.encode(Ask.json(text, 0, text.length));
            var key = target.key == null ? null : target.key + "/" + (line + 1);
            call = new Request.Call(
                    target.machine, target.name, argument, key, target.caller.name(), target.traceparent);
        } catch (Problem.Thrown malformed) {
            refuse(malformed.problem());
            return;
        }
        var slot = new Slot(++line, text.length);
        underWay.add(slot);
        bytesUnderWay += slot.bytes;
        engine.submitPatiently(call, target.timeoutMillis).whenComplete((reply, fault) -> decide(slot, reply, fault));
    }

    private void decide(Slot slot, @Nullable Reply reply, @Nullable Throwable fault) {
        if (fault != null) {
            LOG.error("line {} of a stream to {}", slot.line, target.machine, fault);
            slot.problem = Problem.of(Kind.INTERNAL, "an error of ours, in this node's log");
        } else {
            slot.reply = reply;
        }
        // Many outcomes come with one force; one waking is enough for all of them.
        if (woken.compareAndSet(false, true)) {
            exchange.getIoThread().execute(this::advance);
        }
    }

    private void finish() throws IOException {
        if (!finishing) {
            finishing = true;
            sink().shutdownWrites();
        }
        if (sink().flush()) {
            over = true;
            sink().suspendWrites();
            if (exchange.isRequestComplete()) {
                exchange.endExchange();
            } else {
                // Lines that nobody will read any more; the client sees which ones were answered.
                Gateway.abandon(exchange);
            }
        } else {
            sink().resumeWrites();
        }
    }

    private void abandon() {
        over = true;
        Gateway.abandon(exchange);
    }

    private boolean isClientsTurn() {
        return underWay.isEmpty() || writing.hasRemaining();
    }
}
