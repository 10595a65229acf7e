package io.perilune.http.access;

import io.perilune.engine.Token;
import io.perilune.scripting.Bytes;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A token as its owner holds it: {@code plt_NAME.SECRET}. The name finds what the secret is to be compared with; the
 * prefix is for those who search what should not have been published.
 *
 * @param secret 256 bits of chance in Base64 for URLs
 */
public record Secret(String name, String secret) {
    private static final int BYTES = 32;
    private static final Pattern TEXT = Pattern.compile("plt_([a-z][a-z0-9_-]{0,62})\\.([A-Za-z0-9_-]{43})");

    public static Secret draw(String name, SecureRandom chance) {
        var bytes = new byte[BYTES];
        chance.nextBytes(bytes);
        return new Secret(name, Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    /** Null if it does not look like one. */
    static @Nullable Secret parse(String text) {
        var parts = TEXT.matcher(text);
        return parts.matches() ? new Secret(parts.group(1), parts.group(2)) : null;
    }

    /** What is kept of it. */
    public Bytes hash() {
        return Token.hash(bytes());
    }

    byte[] bytes() {
        return secret.getBytes(StandardCharsets.US_ASCII);
    }

    /** To be shown once. */
    public String reveal() {
        return "plt_" + name + "." + secret;
    }

    /** Nothing of the secret. */
    @Override
    public String toString() {
        return "plt_" + name + ".***";
    }
}
