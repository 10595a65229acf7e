package io.perilune.http;

import static java.util.Objects.requireNonNull;

import io.perilune.engine.Engine;
import io.perilune.engine.Reply;
import io.perilune.engine.Request;
import io.perilune.engine.apply.Ceilings;
import io.perilune.http.access.Caller;
import io.perilune.scripting.Bytes;
import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.xnio.channels.StreamSourceChannel;

/**
 * An archive on its way in: part by part into the log, the next one read when the one before is there. Everything here is
 * the connection's thread's.
 */
final class Restore {
    /** As long as it is checked and put together on every node. */
    private static final long FINISH_MILLIS = 120_000;

    private final HttpServerExchange exchange;
    private final Engine engine;
    private final ApiOptions.Bounds bounds;
    private final BodyReader.Receiver receiver;
    private final Consumer<Answer> answers;
    private final Runnable leave;
    private final String id = "r" + UUID.randomUUID();
    private final byte[] part = new byte[Ceilings.PART_BYTES];
    private int filled;
    private int number;
    private boolean waiting;
    private boolean over;
    private boolean ended;
    private @Nullable Stall stall;
    private @Nullable StreamSourceChannel source;

    private Restore(
            HttpServerExchange exchange,
            Engine engine,
            ApiOptions.Bounds bounds,
            BodyReader.Receiver receiver,
            Consumer<Answer> answers,
            Runnable leave) {
        this.leave = leave;
        this.exchange = exchange;
        this.engine = engine;
        this.bounds = bounds;
        this.receiver = receiver;
        this.answers = answers;
    }

    /** Lets in one at a time. */
    static final class Gate {
        private final AtomicBoolean busy = new AtomicBoolean();

        /**
         * @param receiver told of what is wrong while the body still comes
         * @param answers takes the answer otherwise
         * @throws Problem.Thrown if another one is on its way
         */
        void enter(
                HttpServerExchange exchange,
                Engine engine,
                ApiOptions.Bounds bounds,
                BodyReader.Receiver receiver,
                Consumer<Answer> answers) {
            if (!busy.compareAndSet(false, true)) {
                throw Problem.of(Kind.OVERLOADED, "another archive is on its way into this node; one at a time")
                        .thrown();
            }
            new Restore(exchange, engine, bounds, receiver, answers, () -> busy.set(false)).begin();
        }
    }

    private void begin() {
        exchange.setMaxEntitySize(-1);
        exchange.addExchangeCompleteListener((done, next) -> {
            drop();
            next.proceed();
        });
        if (exchange.isRequestComplete()) {
            ended = true;
        } else {
            source = exchange.getRequestChannel();
            source.getReadSetter().set(channel -> proceed());
            stall = Stall.watch(exchange.getIoThread(), bounds.bodyMillis(), () -> !waiting && !ended, this::expire);
        }
        proceed();
    }

    private void proceed() {
        if (over || waiting) {
            return;
        }
        try {
            while (!ended && filled < Ceilings.PART_BYTES) {
                var coming = requireNonNull(source);
                var count = coming.read(ByteBuffer.wrap(part, filled, Ceilings.PART_BYTES - filled));
                if (count == 0) {
                    coming.resumeReads();
                    return;
                }
                requireNonNull(stall).progress();
                ended = count < 0;
                filled += Math.max(0, (int) count);
            }
        } catch (IOException gone) {
            drop();
            receiver.broken();
            return;
        }
        if (source != null) {
            source.suspendReads();
        }
        waiting = true;
        if (filled > 0) {
            submit(
                    new Request.RestorePart(id, number, Bytes.owned(Arrays.copyOf(part, filled))),
                    bounds.timeoutMillis());
        } else {
            submit(new Request.FinishRestore(id), FINISH_MILLIS);
        }
    }

    private void submit(Request request, long timeoutMillis) {
        engine.submit(request, timeoutMillis)
                .whenComplete((reply, fault) -> exchange.getIoThread().execute(() -> decided(reply, fault)));
    }

    private void decided(@Nullable Reply reply, @Nullable Throwable fault) {
        waiting = false;
        if (over) {
            return;
        }
        if (stall != null) {
            stall.progress();
        }
        if (reply instanceof Reply.PartTaken) {
            number++;
            filled = 0;
            proceed();
            return;
        }
        end();
        if (fault != null || reply == null) {
            receiver.refused(Problem.of(Kind.INTERNAL, "an error of ours: " + fault), source);
            return;
        }
        var problem = Replies.problem(reply, "");
        if (problem == null) {
            answers.accept(Replies.answer(reply, "", Caller.ANYBODY));
        } else {
            receiver.refused(problem, ended ? null : source);
        }
    }

    private void expire() {
        drop();
        receiver.refused(Problem.of(Kind.REQUEST_TIMEOUT, "the archive took too long to arrive"), source);
    }

    /** Of one that did not come to its end, no node has to keep the parts; finishing what is no whole drops them. */
    private void drop() {
        if (!over && number > 0) {
            engine.submit(new Request.FinishRestore(id), bounds.timeoutMillis());
        }
        end();
    }

    /** Before the client hears of it, so that it finds the way free when it comes again. */
    private void end() {
        if (!over) {
            over = true;
            if (stall != null) {
                stall.end();
            }
            leave.run();
        }
    }
}
