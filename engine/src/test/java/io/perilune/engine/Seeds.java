package io.perilune.engine;

import java.util.Random;

/** Chance for tests, its seed on standard output before anything can fail. */
public final class Seeds {
    private Seeds() {}

    /** Of {@code -Dperilune.seed} if that is given. */
    public static Random random(String test) {
        var seed = Long.getLong("perilune.seed", System.nanoTime());
        System.out.println(test + ": -Dperilune.seed=" + seed);
        return new Random(seed);
    }
}
