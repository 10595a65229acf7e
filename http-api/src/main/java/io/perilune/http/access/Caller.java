package io.perilune.http.access;

import io.perilune.engine.Token;
import org.jspecify.annotations.Nullable;

/** Whoever makes a request. */
public final class Caller {
    /** Where there are no tokens, or none is needed. */
    public static final Caller ANYBODY = new Caller(null);

    private final @Nullable Token token;

    private Caller(@Nullable Token token) {
        this.token = token;
    }

    static Caller with(Token token) {
        return new Caller(token);
    }

    @Nullable
    Token token() {
        return token;
    }

    /** The token's; null for anybody. Idempotency keys are the caller's own. */
    public @Nullable String name() {
        return token == null ? null : token.name();
    }

    /** @param command empty where it is not about one */
    public boolean may(Permission permission, String machine, String command) {
        return token == null
                || permission == Permission.OPEN
                || permission == Permission.ANY_TOKEN
                || token.isAdmin()
                || token.scopes().stream().anyMatch(scope -> permission.isGivenBy(scope, machine, command));
    }

    public boolean mayRead(String machine) {
        return may(Permission.READ, machine, "");
    }
}
