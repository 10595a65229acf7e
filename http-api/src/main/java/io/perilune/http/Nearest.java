package io.perilune.http;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Finds what somebody probably meant. */
final class Nearest {
    /** Longer words are not worth the work. */
    private static final int WORD_CHARACTERS_MAX = 64;

    private Nearest() {}

    /** The first of the candidates that are fewest edits away, if those are at most a third of the word. */
    static @Nullable String of(String word, Collection<String> candidates) {
        if (word.length() > WORD_CHARACTERS_MAX) {
            return null;
        }
        String nearest = null;
        var least = Math.max(1, word.length() / 3) + 1;
        for (var candidate : candidates) {
            var edits = edits(word, candidate);
            if (edits < least) {
                least = edits;
                nearest = candidate;
            }
        }
        return nearest;
    }

    /** Levenshtein's distance, one row at a time. */
    private static int edits(String from, String to) {
        var row = new int[to.length() + 1];
        for (var j = 0; j <= to.length(); j++) {
            row[j] = j;
        }
        for (var i = 1; i <= from.length(); i++) {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.length(); j++) {
                var replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[to.length()];
    }
}
