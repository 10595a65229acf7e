package io.perilune.scripting;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** What somebody may have meant, for errors that help. */
public final class Suggestion {
    /** More slips of the pen than these make it another word. */
    private static final int DISTANCE_MAX = 2;

    private static final int NAME_MAX = 64;

    private Suggestion() {}

    /** The name with the fewest changes from {@code wanted}, the first of several; null if none is near. */
    public static @Nullable String nearest(String wanted, Collection<String> names) {
        String best = null;
        int least = DISTANCE_MAX + 1;
        if (wanted.length() > NAME_MAX) {
            return null;
        }
        for (String name : names) {
            int distance = distance(wanted, name);
            if (distance < least && distance < Math.max(2, name.length())) {
                best = name;
                least = distance;
            }
        }
        return best;
    }

    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
