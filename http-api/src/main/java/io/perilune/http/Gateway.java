package io.perilune.http;

import io.perilune.engine.Engine;
import io.perilune.engine.replication.Replication.ClusterStatus;
import io.perilune.http.access.Access;
import io.perilune.http.access.Caller;
import io.perilune.http.access.Permission;
import io.undertow.io.IoCallback;
import io.undertow.io.Sender;
import io.undertow.server.ExchangeCompletionListener;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpContinue;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import io.undertow.util.SameThreadExecutor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.ChannelListeners;
import org.xnio.IoUtils;
import org.xnio.channels.StreamSourceChannel;

/**
 * Takes each exchange its way: admission, route, body, handler, answer. All of it happens on the connection's thread
 * except what a route sends to a worker, and no thread waits. Whatever goes wrong ends as a problem.
 */
final class Gateway implements HttpHandler {
    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

    private static final HttpString NODE = new HttpString("Perilune-Node");
    private static final HttpString LEADER = new HttpString("Perilune-Leader");
    private static final HttpString TERM = new HttpString("Perilune-Term");
    private static final HttpString INDEX = new HttpString("Perilune-Index");
    private static final HttpString REQUEST_ID = new HttpString(RequestLog.ID_HEADER);
    private static final HttpString NO_SNIFF = new HttpString("X-Content-Type-Options");

    private static final int OVERLOAD_PAUSE_MILLIS = 250;

    /** A larger body is parsed by a worker, so that other connections of the thread do not wait for it. */
    private static final int INLINE_BYTES_MAX = 32 << 10;

    private final Engine engine;
    private final ApiOptions.Bounds bounds;
    private final Doorkeeper doorkeeper;
    private final String scheme;
    private final Router router;
    private final CommandStreams streams;
    private final Restore.Gate restores = new Restore.Gate();
    private final EventStreams events;
    private final HostGuard guard;
    private final RequestLog log = new RequestLog();
    private final Meters meters;
    private final Budget bodies;
    private final AtomicInteger active = new AtomicInteger();
    private volatile boolean draining;

    Gateway(Engine engine, Access access, ApiOptions options, Meters meters) {
        this.engine = engine;
        this.bounds = options.bounds();
        this.doorkeeper = new Doorkeeper(access);
        this.scheme = options.tls() == null ? "http" : "https";
        this.events = new EventStreams(access, bounds);
        this.router = new Router(Routes.of(engine, options, meters, events, this::isDraining));
        this.streams = new CommandStreams(engine, access, bounds, meters);
        this.guard = new HostGuard(options, access);
        this.meters = meters;
        this.bodies = new Budget(bounds.bodiesBytes());
        meters.watch(this);
    }

    /** From now on new requests are refused; those being answered go on. */
    void drain() {
        draining = true;
        events.end();
    }

    boolean isDraining() {
        return draining;
    }

    /** Streams of events that are open; they are no requests being worked on. */
    int eventStreams() {
        return events.count();
    }

    /** Requests being worked on. */
    int active() {
        return active.get();
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) {
        // Outside of Undertow's call stack, reads and writes go to the socket at once, from whoever makes them.
        exchange.dispatch(SameThreadExecutor.INSTANCE, () -> new Turn(exchange).begin());
    }

    /** One request's way through. */
    private final class Turn implements ExchangeCompletionListener, BodyReader.Receiver, IoCallback {
        private final HttpServerExchange exchange;
        private final Budget.Share share = bodies.share();
        private final long begun = System.nanoTime();
        private final String id;
        private @Nullable Route route;
        private @Nullable Ask ask;
        private @Nullable StreamSourceChannel unread;
        private boolean left;
        private boolean isStream;

        Turn(HttpServerExchange exchange) {
            this.exchange = exchange;
            this.id = log.id(exchange.getRequestHeaders().getFirst(RequestLog.ID_HEADER));
            exchange.getResponseHeaders().put(REQUEST_ID, id);
        }

        void begin() {
            var others = active.getAndIncrement();
            exchange.addExchangeCompleteListener(this);
            guarded(() -> {
                requireRoom(others);
                proceed();
            });
        }

        private void requireRoom(int others) {
            if (draining) {
                exchange.setPersistent(false);
                throw Problem.of(Kind.SHUTTING_DOWN, "this node is stopping; turn to another")
                        .thrown();
            }
            if (others >= bounds.requests()) {
                throw Problem.of(Kind.OVERLOADED, "this node works on " + bounds.requests() + " requests already")
                        .thrown();
            }
        }

        private void proceed() {
            var headers = exchange.getRequestHeaders();
            requireClearFraming(headers);
            guard.require(headers.getFirst(Headers.HOST), headers.getFirst(Headers.ORIGIN));
            var path = path();
            if (exchange.getRequestMethod().toString().equals("OPTIONS")) {
                respond(options(path));
                return;
            }
            var match = router.match(exchange.getRequestMethod().toString(), path);
            route = match.route();
            var parameters = Parameters.parse(exchange.getNonDecodedQueryString());
            if (route.parameters() != null) {
                parameters.requireOnly(route.parameters());
            }
            var anonymous = new Ask(
                    match.variables(),
                    parameters,
                    headers,
                    Caller.ANYBODY,
                    new byte[0],
                    exchange.getIoThread(),
                    exchange.getConnection().getWorker());
            if (route.needs() == Permission.OPEN) {
                goOn(route, anonymous);
            } else {
                var wanted = route;
                doorkeeper.admit(exchange, route.needs(), anonymous, this::guarded, asked -> goOn(wanted, asked));
            }
        }

        private void requireClearFraming(HeaderMap headers) {
            try {
                Framing.requireClear(headers);
            } catch (Problem.Thrown unclear) {
                // Whatever comes next on this connection may be part of this request.
                exchange.setPersistent(false);
                throw unclear;
            }
        }

        private void goOn(Route route, Ask asked) {
            ask = asked;
            if (route.redirects() && asked.parameters().flag("redirect", false) && redirected()) {
                return;
            }
            readBody(route, asked);
        }

        /** Whatever is thrown becomes the answer. */
        private void guarded(Runnable step) {
            try {
                step.run();
            } catch (Problem.Thrown refusal) {
                respond(refusal.problem());
            } catch (RuntimeException bug) {
                respond(confess(bug));
            }
        }

        private void readBody(Route route, Ask ask) {
            var content = route.content();
            if (content == null) {
                handle(route, ask);
                return;
            }
            if (hasBody()) {
                content.require(ask.header("Content-Type"));
            }
            if (content == MediaTypes.ARCHIVE) {
                restores.enter(exchange, engine, bounds, this, this::respond);
            } else if (streams.takes(route, ask)) {
                streams.open(exchange, ask, Gateway.this::isDraining);
            } else {
                BodyReader.read(exchange, limit(route, ask), bounds.bodyMillis(), share, this);
            }
        }

        private BodyReader.Limit limit(Route route, Ask ask) {
            if (route.content() != MediaTypes.SCRIPT) {
                return new BodyReader.Limit("body", route.contentBytesMax());
            }
            return MediaTypes.essence(ask.header("Content-Type")).equals(MediaTypes.ZIP)
                    ? new BodyReader.Limit("bundle", bounds.bundleBytes())
                    : new BodyReader.Limit("script", bounds.scriptBytes());
        }

        private boolean hasBody() {
            return exchange.getRequestContentLength() > 0
                    || exchange.getRequestHeaders().contains(Headers.TRANSFER_ENCODING);
        }

        /** As it came, without the authority of the absolute form. */
        private String path() {
            var uri = exchange.getRequestURI();
            if (exchange.isHostIncludedInRequestURI()) {
                var authority = uri.indexOf("//");
                var slash = uri.indexOf('/', authority + 2);
                uri = slash < 0 ? "/" : uri.substring(slash);
            }
            if (!uri.startsWith("/")) {
                throw Problem.of(Kind.NOT_FOUND, "a path begins with a slash").thrown();
            }
            return uri;
        }

        private Answer options(String path) {
            var allowed = router.allowed(path);
            if (allowed.isEmpty()) {
                throw Problem.of(Kind.NOT_FOUND, "there is nothing at this path")
                        .thrown();
            }
            return Answer.empty(204).with("Allow", String.join(", ", allowed));
        }

        private boolean redirected() {
            var status = engine.status();
            var leader = status.leader() == status.self() ? null : leaderAddress(status);
            if (leader == null) {
                return false;
            }
            var query = exchange.getNonDecodedQueryString();
            respond(Answer.empty(307)
                    .with("Location", scheme + "://" + leader + path() + (query.isEmpty() ? "" : "?" + query)));
            return true;
        }

        private @Nullable String leaderAddress(ClusterStatus status) {
            for (var member : status.members()) {
                if (member.id() == status.leader()) {
                    return member.http();
                }
            }
            return null;
        }

        @Override
        public void received(byte[] body) {
            if (route != null && ask != null) {
                handle(route, ask.with(body));
            }
        }

        @Override
        public void refused(Problem problem, @Nullable StreamSourceChannel unread) {
            this.unread = unread;
            respond(problem.answer());
        }

        @Override
        public void broken() {
            abandon(exchange);
        }

        private void handle(Route route, Ask ask) {
            if (route.place() == Route.Place.WORKER || ask.body().length > INLINE_BYTES_MAX) {
                exchange.getConnection().getWorker().execute(() -> handleHere(route, ask));
            } else {
                handleHere(route, ask);
            }
        }

        private void handleHere(Route route, Ask ask) {
            try {
                route.handler().handle(ask).whenComplete((answer, fault) -> {
                    if (fault == null) {
                        respond(answer);
                    } else {
                        respond(answer(fault));
                    }
                });
            } catch (Problem.Thrown refusal) {
                respond(refusal.problem());
            } catch (RuntimeException | StackOverflowError fault) {
                respond(answer(fault));
            }
        }

        private Answer answer(Throwable fault) {
            var cause = fault instanceof CompletionException && fault.getCause() != null ? fault.getCause() : fault;
            return cause instanceof Problem.Thrown thrown ? thrown.problem().answer() : confess(cause);
        }

        private Answer confess(Throwable bug) {
            LOG.error(
                    "request id={} method={} path={}",
                    id,
                    RequestLog.quoted(exchange.getRequestMethod().toString()),
                    RequestLog.quoted(exchange.getRequestURI()),
                    bug);
            return Problem.of(Kind.INTERNAL, "an error of ours, in this node's log as request " + id)
                    .with("request", id)
                    .answer();
        }

        /**
         * Whoever is told to come later and comes at once takes what there is to do the work with; so they are told a moment
         * later. No thread waits.
         */
        private void respondToOverload(Answer answer) {
            exchange.getIoThread().executeAfter(() -> send(answer), OVERLOAD_PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        }

        private void respond(Problem problem) {
            if (problem.kind() == Kind.OVERLOADED && active.get() < bounds.requests() / 2) {
                respondToOverload(problem.answer());
            } else {
                respond(problem.answer());
            }
        }

        private void respond(Answer answer) {
            if (exchange.isInIoThread()) {
                send(answer);
            } else {
                exchange.getIoThread().execute(() -> send(answer));
            }
        }

        private void send(Answer answer) {
            if (exchange.isResponseStarted() || !exchange.getConnection().isOpen()) {
                abandon(exchange);
                return;
            }
            var early = !exchange.isRequestComplete() && hasBody();
            if (early) {
                exchange.setPersistent(false);
            }
            writeHeaders(answer);
            if (answer.streaming() != null && !exchange.getRequestMethod().equals(Methods.HEAD)) {
                isStream = true;
                leaveActive();
                answer.streaming().begin(exchange);
                return;
            }
            if (answer.body().length == 0 && early) {
                sendHeadersOnly();
            } else if (answer.body().length == 0) {
                exchange.endExchange();
            } else {
                exchange.setResponseContentLength(answer.body().length);
                exchange.getResponseSender()
                        .send(ByteBuffer.wrap(answer.body()), early ? this : IoCallback.END_EXCHANGE);
            }
            if (!exchange.isComplete()) {
                cutOffLater();
            }
        }

        /** Ending the exchange would have the rest of the body read first, and the answer lost if that does not end. */
        private void sendHeadersOnly() {
            var sink = exchange.getResponseChannel();
            sink.getWriteSetter()
                    .set(ChannelListeners.flushingChannelListener(
                            flushed -> discardRest(), (channel, gone) -> abandon(exchange)));
            try {
                sink.shutdownWrites();
                if (sink.flush()) {
                    discardRest();
                } else {
                    sink.resumeWrites();
                }
            } catch (IOException gone) {
                abandon(exchange);
            }
        }

        /** The answer is out, and the client may still be sending. */
        @Override
        public void onComplete(HttpServerExchange answered, Sender sender) {
            discardRest();
        }

        private void discardRest() {
            if (unread == null && !HttpContinue.requiresContinueResponse(exchange)) {
                unread = exchange.getRequestChannel();
            }
            if (unread == null) {
                exchange.endExchange();
            } else {
                Discard.rest(exchange, unread);
            }
        }

        @Override
        public void onException(HttpServerExchange answered, Sender sender, IOException gone) {
            abandon(exchange);
        }

        /** At the end, or where it becomes a stream. */
        private void leaveActive() {
            if (!left) {
                left = true;
                active.decrementAndGet();
            }
        }

        private void writeHeaders(Answer answer) {
            exchange.setStatusCode(answer.status());
            var headers = exchange.getResponseHeaders();
            if (!answer.type().isEmpty()) {
                headers.put(Headers.CONTENT_TYPE, answer.type());
            }
            if (answer.status() == Kind.METHOD_NOT_ALLOWED.status()) {
                headers.put(Headers.ALLOW, String.join(", ", router.allowed(path())));
            }
            answer.headers().forEach((name, value) -> headers.put(new HttpString(name), value));
            describe(exchange, engine.status());
        }

        /** A client that does not read its answer may not keep it for ever. */
        private void cutOffLater() {
            var key = exchange.getIoThread()
                    .executeAfter(() -> abandon(exchange), bounds.bodyMillis(), TimeUnit.MILLISECONDS);
            exchange.addExchangeCompleteListener((done, next) -> {
                key.remove();
                next.proceed();
            });
        }

        @Override
        public void exchangeEvent(HttpServerExchange done, NextListener next) {
            leaveActive();
            share.giveBack();
            if (!isStream) {
                var nanos = System.nanoTime() - begun;
                meters.request(done.getRequestMethod().toString(), done.getStatusCode(), nanos);
                log.done(done, id, ask == null ? null : ask.caller().name(), nanos);
            }
            next.proceed();
        }
    }

    /** Ends an exchange whose client is gone, or has to go. */
    static void abandon(HttpServerExchange exchange) {
        IoUtils.safeClose(exchange.getConnection());
        // Closing wakes no listener of the exchange; ending it lets its resources go.
        exchange.endExchange();
    }

    /** What every answer says about the node it comes from. */
    static void describe(HttpServerExchange exchange, ClusterStatus status) {
        var headers = exchange.getResponseHeaders();
        headers.put(NO_SNIFF, "nosniff");
        if (!headers.contains(Headers.CACHE_CONTROL)) {
            headers.put(Headers.CACHE_CONTROL, "no-store");
        }
        headers.put(NODE, status.self());
        headers.put(LEADER, status.leader());
        headers.put(TERM, status.term());
        headers.put(INDEX, status.applied());
    }
}
