package io.perilune.raft.core;

import java.util.Locale;

/** Checks that stay on in production: going on after our own mistake would spread it to other nodes. */
final class Invariant {
    private Invariant() {}

    /** Takes numbers unboxed, since most checks are on hot paths and hold. */
    static void check(boolean holds, String template, long first, long second) {
        if (!holds) {
            throw new IllegalStateException(String.format(Locale.ROOT, template, first, second));
        }
    }

    static void check(boolean holds, String template, long first, long second, long third) {
        if (!holds) {
            throw new IllegalStateException(String.format(Locale.ROOT, template, first, second, third));
        }
    }
}
