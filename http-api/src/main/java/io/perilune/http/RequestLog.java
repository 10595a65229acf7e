package io.perilune.http;

import io.perilune.engine.Request;
import io.undertow.server.HttpServerExchange;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One line of {@code name=value} for each request, under an id that its answer carries too: warnings for what this node
 * could not do, information for what took long, the rest for debugging. No query strings, bodies or headers: they are
 * where secrets are.
 */
final class RequestLog {
    static final String ID_HEADER = "X-Request-Id";
    static final String TRACE_HEADER = "traceparent";

    private static final Logger LOG = LoggerFactory.getLogger("io.perilune.http.requests");
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final long SLOW_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int PATH_LENGTH_MAX = 200;

    /** A node in trouble has many requests to warn of; one in so many milliseconds is enough to see it. */
    private static final long WARNING_MILLIS = 100;

    private final String prefix = HexFormat.of().toHexDigits(new SecureRandom().nextInt()) + "-";
    private final AtomicLong count = new AtomicLong();
    private final AtomicLong lastWarning = new AtomicLong();
    private final AtomicLong unsaid = new AtomicLong();

    /** The client's own if it is well-formed, so that one id goes all the way. */
    String id(@Nullable String shown) {
        return shown != null && ID.matcher(shown).matches()
                ? shown
                : prefix + Long.toHexString(count.incrementAndGet());
    }

    /** @param caller whose token it was; null for nobody's */
    void done(HttpServerExchange exchange, String id, @Nullable String caller, long nanos) {
        var status = exchange.getStatusCode();
        if (status >= 500) {
            warn(() -> line(exchange, id, caller, nanos));
        } else if (nanos >= SLOW_NANOS) {
            LOG.info("{}", line(exchange, id, caller, nanos));
        } else if (LOG.isDebugEnabled()) {
            LOG.debug("{}", line(exchange, id, caller, nanos));
        }
    }

    private void warn(Supplier<String> line) {
        var now = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
        var last = lastWarning.get();
        if (now - last < WARNING_MILLIS || !lastWarning.compareAndSet(last, now)) {
            unsaid.incrementAndGet();
            return;
        }
        var others = unsaid.getAndSet(0);
        LOG.warn("{}{}", line.get(), others == 0 ? "" : " others_unsaid=" + others);
    }

    private static String line(HttpServerExchange exchange, String id, @Nullable String caller, long nanos) {
        var line = new StringBuilder("request id=").append(id);
        line.append(" method=").append(quoted(exchange.getRequestMethod().toString()));
        line.append(" path=").append(quoted(exchange.getRequestURI()));
        line.append(" status=").append(exchange.getStatusCode());
        line.append(" ms=").append(TimeUnit.NANOSECONDS.toMillis(nanos));
        line.append(" from=").append(quoted(address(exchange)));
        if (caller != null) {
            line.append(" caller=").append(caller);
        }
        var trace = traceparent(exchange.getRequestHeaders().getFirst(TRACE_HEADER));
        if (trace != null) {
            line.append(" traceparent=").append(trace);
        }
        return line.toString();
    }

    private static String address(HttpServerExchange exchange) {
        var peer = exchange.getConnection().getPeerAddress();
        return peer instanceof InetSocketAddress inet && inet.getAddress() != null
                ? inet.getAddress().getHostAddress()
                : "unknown";
    }

    /** Whatever a client sends stays within its quotes and its line. */
    static String quoted(String text) {
        var shown = new StringBuilder("\"");
        for (var i = 0; i < Math.min(text.length(), PATH_LENGTH_MAX); i++) {
            var c = text.charAt(i);
            if (c == '"' || c == '\\') {
                shown.append('\\').append(c);
            } else if (c < ' ' || c >= 127) {
                shown.append("\\u").append(HexFormat.of().toHexDigits(c));
            } else {
                shown.append(c);
            }
        }
        return shown.append(text.length() > PATH_LENGTH_MAX ? "..." : "")
                .append('"')
                .toString();
    }

    /** Null for none, or one that is not well-formed: such a header is passed over (W3C Trace Context, 3.2). */
    static @Nullable String traceparent(@Nullable String header) {
        return header != null && Request.isTraceparent(header) && !header.startsWith("ff") ? header : null;
    }
}
