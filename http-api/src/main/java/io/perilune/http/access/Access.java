package io.perilune.http.access;

import io.perilune.engine.Engine;
import io.perilune.engine.ReadOptions;
import io.perilune.engine.Token;
import io.perilune.engine.View;
import io.perilune.engine.replication.Replication.Consistency;
import io.perilune.scripting.Bytes;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells who asks. From the first token on, everybody needs one. Tokens are replicated state, so a node that is behind may
 * accept one that was revoked a moment ago; before it refuses one that it does not know it asks how things stand.
 */
public final class Access {
    private static final String SCHEME = "bearer ";

    /** To find out about a token that is not known here. */
    private static final long CATCH_UP_MILLIS = 2_000;

    /** Compared with where there is no such token, so that this takes as long as if there were. */
    private static final Token NOBODY = new Token("", Bytes.owned(new byte[32]), List.of(), 0, 0);

    private final Engine engine;
    private final LongSupplier clock;
    /**
     * Whether this node has been up to date since it started, and so knows whether there are tokens. That it has applied all
     * it knows to be committed is not enough: the first token may have come while it was down.
     */
    private volatile boolean settled;

    /** @param clock milliseconds since the epoch, by which tokens expire */
    public Access(Engine engine, LongSupplier clock) {
        this.engine = engine;
        this.clock = clock;
    }

    /** What is known of whoever shows a header. */
    public sealed interface Identity {
        record Known(Caller caller) implements Identity {}

        record Unknown(String reason) implements Identity {}

        /** This node may be behind; whoever does not wait for it to catch up is told this. */
        record Doubtful(String reason) implements Identity {}
    }

    /** Whether requests without a token are refused. */
    public boolean isRequired() {
        return engine.local().needsToken();
    }

    /** @param authorization the header of that name, or null */
    public Identity identify(@Nullable String authorization) {
        var view = engine.local();
        if (!view.needsToken()) {
            return settled
                    ? new Identity.Known(Caller.ANYBODY)
                    : new Identity.Doubtful("this node has just started, and does not know yet who may do what");
        }
        if (authorization == null) {
            return new Identity.Unknown("this cluster has tokens; show one: \"Authorization: Bearer plt_...\"");
        }
        var shown = authorization.toLowerCase(Locale.ROOT).startsWith(SCHEME)
                ? Secret.parse(authorization.substring(SCHEME.length()).strip())
                : null;
        return shown == null
                ? new Identity.Unknown("the header Authorization is \"Bearer plt_NAME.SECRET\", and this one is not")
                : identify(view, shown);
    }

    private Identity identify(View view, Secret shown) {
        var found = view.token(shown.name());
        var compared = found == null ? NOBODY : found;
        if (!compared.isProvenBy(shown.bytes()) || found == null) {
            return new Identity.Doubtful("this token is not valid");
        }
        return found.isExpired(clock.getAsLong())
                ? new Identity.Unknown("this token has expired")
                : new Identity.Known(Caller.with(found));
    }

    /** Like {@link #identify}, with all that was done anywhere before now; doubtful where that cannot be known. */
    public CompletionStage<Identity> identifyAfterCatchingUp(@Nullable String authorization) {
        return engine.read(new ReadOptions(Consistency.LINEARIZABLE, 0, CATCH_UP_MILLIS))
                .thenApply(read -> {
                    settled |= read instanceof Engine.Read.At;
                    var identity = identify(authorization);
                    return identity instanceof Identity.Doubtful doubtful && read instanceof Engine.Read.At
                            ? new Identity.Unknown(doubtful.reason())
                            : identity;
                });
    }

    /** Whether what was found out at the beginning of a long stream is still so. */
    public boolean stillKnows(Caller caller) {
        var token = caller.token();
        if (token == null) {
            return !isRequired();
        }
        return token.equals(engine.local().token(token.name())) && !token.isExpired(clock.getAsLong());
    }
}
