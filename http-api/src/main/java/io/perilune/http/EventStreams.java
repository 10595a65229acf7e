package io.perilune.http;

import io.perilune.http.access.Access;
import io.perilune.http.access.Caller;
import io.undertow.server.HttpServerExchange;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** The open streams of events of this node. */
final class EventStreams {
    /** Each costs a connection, and no thread. */
    static final int OPEN_MAX = 16_000;

    private static final int HEARTBEAT_MILLIS = 10_000;

    private final Access access;
    private final ApiOptions.Bounds bounds;
    private final Set<EventStream> streams = ConcurrentHashMap.newKeySet();
    private final AtomicInteger open = new AtomicInteger();
    private volatile boolean ended;

    EventStreams(Access access, ApiOptions.Bounds bounds) {
        this.access = access;
        this.bounds = bounds;
    }

    int count() {
        return open.get();
    }

    /** @throws Problem.Thrown if there are too many already */
    Answer answer(Feed feed, Caller caller) {
        if (open.get() >= OPEN_MAX) {
            throw Problem.of(Kind.OVERLOADED, "this node has " + OPEN_MAX + " streams of events open already")
                    .thrown();
        }
        return Answer.streaming(MediaTypes.EVENTS, exchange -> begin(exchange, feed, caller))
                .with("Cache-Control", "no-cache");
    }

    private void begin(HttpServerExchange exchange, Feed feed, Caller caller) {
        var stream =
                new EventStream(exchange, feed, () -> access.stillKnows(caller), HEARTBEAT_MILLIS, bounds.bodyMillis());
        open.incrementAndGet();
        streams.add(stream);
        exchange.addExchangeCompleteListener((done, next) -> {
            streams.remove(stream);
            open.decrementAndGet();
            next.proceed();
        });
        stream.begin();
        if (ended) {
            stream.end();
        }
    }

    /** Ends all of them, and those that are about to begin; their clients turn to another node. */
    void end() {
        ended = true;
        streams.forEach(EventStream::end);
    }
}
