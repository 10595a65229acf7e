package io.perilune.engine.apply;

import java.util.Collection;
import java.util.Optional;

/** The nearest of some names, for an error that helps. */
public final class Suggestions {
    /** Edits that a slip of the hand makes. */
    private static final int EDITS_MAX = 3;

    private Suggestions() {}

    /** The first of the names that need the fewest edits, if those are few enough to be a slip. */
    public static Optional<String> nearest(String name, Collection<String> names) {
        var bound = Math.min(EDITS_MAX, Math.max(1, name.length() / 2));
        Optional<String> best = Optional.empty();
        var least = bound + 1;
        for (var candidate : names) {
            if (Math.abs(candidate.length() - name.length()) < least) {
                var edits = edits(name, candidate);
                if (edits < least) {
                    least = edits;
                    best = Optional.of(candidate);
                }
            }
        }
        return best;
    }

    /** Levenshtein distance, row by row. */
    private static int edits(String from, String to) {
        var row = new int[to.length() + 1];
        for (var j = 0; j <= to.length(); j++) {
            row[j] = j;
        }
        for (var i = 1; i <= from.length(); i++) {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.length(); j++) {
                var replace = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replace, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[to.length()];
    }
}
