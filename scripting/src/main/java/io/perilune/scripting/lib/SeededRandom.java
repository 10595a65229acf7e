package io.perilune.scripting.lib;

import java.util.UUID;

/**
 * Chance from a seed, the same on every replica and of every version: xoshiro256** (Blackman and Vigna, "Scrambled
 * linear pseudorandom number generators", 2018), its state filled by splitmix64. Not for secrets. Used by one thread.
 */
public final class SeededRandom {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private long s0;
    private long s1;
    private long s2;
    private long s3;

    public SeededRandom(long seed) {
        reseed(seed);
    }

    /** With this state, for comparison with others' generators. */
    SeededRandom(long s0, long s1, long s2, long s3) {
        this.s0 = s0;
        this.s1 = s1;
        this.s2 = s2;
        this.s3 = s3;
    }

    public void reseed(long seed) {
        var state = seed;
        s0 = mixed(state += GOLDEN);
        s1 = mixed(state += GOLDEN);
        s2 = mixed(state += GOLDEN);
        s3 = mixed(state + GOLDEN);
    }

    private static long mixed(long value) {
        var z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    public long nextLong() {
        var result = Long.rotateLeft(s1 * 5, 7) * 9;
        var shifted = s1 << 17;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= shifted;
        s3 = Long.rotateLeft(s3, 45);
        return result;
    }

    /** At least 0, below 1: one of 2^53, each as likely. */
    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1p-53;
    }

    /** A UUID of version 4 (RFC 9562), of this generator's chance. */
    public String uuid() {
        var high = nextLong() & ~0xF000L | 0x4000L;
        var low = nextLong() & ~(3L << 62) | 1L << 63;
        return new UUID(high, low).toString();
    }
}
