package io.perilune.http;

import io.perilune.scripting.Bytes;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What names look like. */
final class Names {
    private static final Pattern MACHINE = Pattern.compile("[a-z][a-z0-9_-]{0,62}");
    private static final Pattern FUNCTION = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,63}");
    private static final int KEY_BYTES_MAX = 1_024;
    private static final int IDEMPOTENCY_KEY_MAX = 128;
    private static final int SHOWN_CHARACTERS_MAX = 80;

    private Names() {}

    static String machine(Bytes name) {
        return matching(MACHINE, name, "a machine is named by a lower-case letter, then up to 62 of a-z 0-9 _ -");
    }

    static String token(Bytes name) {
        return matching(MACHINE, name, "a token is named by a lower-case letter, then up to 62 of a-z 0-9 _ -");
    }

    /** Of a command or a query. */
    static String function(Bytes name) {
        return matching(
                FUNCTION, name, "commands and queries are named by a letter or _, then up to 63 of A-Z a-z 0-9 _");
    }

    private static String matching(Pattern pattern, Bytes name, String rule) {
        var text = name.toString();
        if (!pattern.matcher(text).matches()) {
            throw Problem.of(Kind.BAD_NAME, rule + "; not \"" + shown(text) + "\"")
                    .thrown();
        }
        return text;
    }

    static Bytes key(Bytes key) {
        if (key.size() < 1 || key.size() > KEY_BYTES_MAX) {
            throw Problem.of(Kind.BAD_NAME, "a key has 1.." + KEY_BYTES_MAX + " bytes, not " + key.size())
                    .thrown();
        }
        return key;
    }

    /** @param what the number is of, with its article */
    static long number(Bytes text, String what) {
        try {
            return Long.parseLong(text.toString());
        } catch (NumberFormatException malformed) {
            throw Problem.of(Kind.BAD_NAME, what + " is a whole number, not \"" + shown(text.toString()) + "\"")
                    .thrown();
        }
    }

    static @Nullable String idempotencyKey(@Nullable String key) {
        if (key == null) {
            return null;
        }
        if (key.isEmpty() || key.length() > IDEMPOTENCY_KEY_MAX || !isPrintable(key)) {
            throw Problem.of(
                            Kind.BAD_HEADER,
                            "Idempotency-Key has 1.." + IDEMPOTENCY_KEY_MAX + " printable ASCII characters")
                    .thrown();
        }
        return key;
    }

    private static boolean isPrintable(String text) {
        return text.chars().allMatch(c -> c >= ' ' && c <= '~');
    }

    static String shown(String text) {
        return text.length() <= SHOWN_CHARACTERS_MAX ? text : text.substring(0, SHOWN_CHARACTERS_MAX) + "...";
    }
}
