package io.perilune.engine;

import io.perilune.scripting.Bytes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * A right of access, as it is replicated. Its secret has 256 bits of chance, so that one round of SHA-256 is enough to
 * keep it: there is nothing to guess.
 *
 * @param hash of the secret
 * @param created log time, in milliseconds since the epoch
 * @param expiry time from which on it is worth nothing; {@link Long#MAX_VALUE} for never
 */
public record Token(String name, Bytes hash, List<Scope> scopes, long created, long expiry) {
    public static final int SCOPES_MAX = 64;

    public Token {
        scopes = List.copyOf(scopes);
    }

    /** Takes the same time whatever the secret is. */
    public boolean isProvenBy(byte[] secret) {
        return MessageDigest.isEqual(hash.lend(), hash(secret).lend());
    }

    public boolean isExpired(long now) {
        return now >= expiry;
    }

    /** Whether it may do everything; only who is an admin can say who else is. */
    public boolean isAdmin() {
        return scopes.stream().anyMatch(scope -> scope.kind() == Scope.Kind.ADMIN);
    }

    public static Bytes hash(byte[] secret) {
        try {
            return Bytes.owned(MessageDigest.getInstance("SHA-256").digest(secret));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }

    /** What a list shows must not hold what a log should not have. */
    @Override
    public String toString() {
        return "Token[" + name + " " + scopes + "]";
    }
}
