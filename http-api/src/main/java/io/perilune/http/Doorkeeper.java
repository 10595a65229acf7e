package io.perilune.http;

import io.perilune.http.access.Access;
import io.perilune.http.access.Access.Identity;
import io.perilune.http.access.FailedAttempts;
import io.perilune.http.access.Permission;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.net.InetAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Lets those in who may do what they ask for. */
final class Doorkeeper {
    private final Access access;
    private final FailedAttempts attempts = new FailedAttempts();

    Doorkeeper(Access access) {
        this.access = access;
    }

    /**
     * Goes on at once where this node knows who asks; else on the connection's thread, when it has caught up.
     *
     * @param guarded runs what may throw a problem
     * @param in goes on with a request whose caller is known, and may do this
     * @throws Problem.Thrown if the caller may not
     */
    void admit(
            HttpServerExchange exchange,
            Permission needs,
            Ask anonymous,
            Consumer<Runnable> guarded,
            Consumer<Ask> in) {
        var shown = anonymous.header(Headers.AUTHORIZATION_STRING);
        var from = exchange.getSourceAddress().getAddress();
        var identity = access.identify(shown);
        if (shown != null && !(identity instanceof Identity.Known)) {
            requireFewAttempts(from);
        }
        if (identity instanceof Identity.Doubtful) {
            access.identifyAfterCatchingUp(shown)
                    .whenCompleteAsync(
                            (known, fault) -> guarded.accept(() -> in.accept(admitted(known, needs, anonymous, from))),
                            anonymous.io());
        } else {
            in.accept(admitted(identity, needs, anonymous, from));
        }
    }

    private void requireFewAttempts(@Nullable InetAddress from) {
        if (from != null && attempts.tooMany(from, System.currentTimeMillis())) {
            throw Problem.of(
                            Kind.TOO_MANY_ATTEMPTS,
                            "more than " + FailedAttempts.ATTEMPTS_MAX
                                    + " tokens that are not valid came from this address lately")
                    .thrown();
        }
    }

    private Ask admitted(@Nullable Identity identity, Permission needs, Ask anonymous, @Nullable InetAddress from) {
        if (identity instanceof Identity.Known known) {
            var asked = anonymous.of(known.caller());
            require(needs, asked);
            return asked;
        } else if (identity instanceof Identity.Unknown unknown) {
            if (from != null && anonymous.header(Headers.AUTHORIZATION_STRING) != null) {
                attempts.failed(from, System.currentTimeMillis());
            }
            throw Problem.of(Kind.UNAUTHENTICATED, unknown.reason()).thrown();
        } else if (identity instanceof Identity.Doubtful doubtful) {
            throw Problem.of(Kind.NOT_CAUGHT_UP, doubtful.reason() + "; and no leader tells")
                    .thrown();
        }
        throw Problem.of(Kind.SHUTTING_DOWN, "this node is stopping; turn to another")
                .thrown();
    }

    /** Says what it would take, in words that the caller has used; whether there is such a machine is not looked up. */
    private static void require(Permission permission, Ask ask) {
        var variables = ask.variables();
        var machine = variables.isEmpty() ? "" : variables.get(0).toString();
        var command = variables.size() < 2
                ? Permission.UNNAMED_COMMAND
                : variables.get(1).toString();
        if (!ask.caller().may(permission, machine, command)) {
            var wanted = Names.shown(permission.wanted(machine, command));
            throw Problem.of(
                            Kind.FORBIDDEN,
                            "token " + ask.caller().name() + " does not allow this; it takes the scope " + wanted)
                    .with("scope", wanted)
                    .thrown();
        }
    }
}
