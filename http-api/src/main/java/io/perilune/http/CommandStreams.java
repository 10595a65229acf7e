package io.perilune.http;

import io.perilune.engine.Engine;
import io.perilune.http.access.Access;
import io.undertow.server.HttpServerExchange;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** Opens streams of commands, not too many at one time. */
final class CommandStreams {
    /** Each holds up to {@link ApiOptions.Bounds#streamBytes} of lines, and their answers. */
    static final int OPEN_MAX = 256;

    private final Engine engine;
    private final Access access;
    private final ApiOptions.Bounds bounds;
    private final Meters meters;
    private final AtomicInteger open = new AtomicInteger();

    CommandStreams(Engine engine, Access access, ApiOptions.Bounds bounds, Meters meters) {
        this.access = access;
        this.engine = engine;
        this.bounds = bounds;
        this.meters = meters;
    }

    boolean takes(Route route, Ask ask) {
        return route.content() == MediaTypes.COMMANDS
                && MediaTypes.essence(ask.header("Content-Type")).equals(MediaTypes.NDJSON)
                && !ask.parameters().flag("atomic", false);
    }

    /** @throws Problem.Thrown if the request is wrong, or there are too many already */
    void open(HttpServerExchange exchange, Ask ask, BooleanSupplier draining) {
        var target = new CommandStream.Target(
                ask.machine(),
                Commands.name(ask),
                Names.idempotencyKey(ask.header("Idempotency-Key")),
                ask.caller(),
                () -> access.stillKnows(ask.caller()),
                ask.traceparent(),
                ask.parameters().timeoutMillis(bounds));
        if (open.getAndIncrement() >= OPEN_MAX) {
            open.getAndDecrement();
            throw Problem.of(Kind.OVERLOADED, "this node has " + OPEN_MAX + " streams of commands open already")
                    .thrown();
        }
        exchange.addExchangeCompleteListener((done, next) -> {
            open.getAndDecrement();
            next.proceed();
        });
        new CommandStream(exchange, engine, bounds, meters, target, draining).begin();
    }
}
