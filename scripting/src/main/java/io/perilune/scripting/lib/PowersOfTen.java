package io.perilune.scripting.lib;

import java.math.BigInteger;

/**
 * Doubles times powers of ten, rounded half to even, with 128 bits of the power: enough to tell nearly always on which
 * side of a half the exact product lies, and to know when it is not.
 *
 * <pre>
 *   10^k = g × 2^t, g cut off to 128 bits (exact for 0 ≤ k ≤ 55)
 *   value = m × 2^e, m shifted up to 64 bits
 *   m × g  =  │    p2    │    p1    │    p0    │   192 bits; what g lacks adds less than one to p1
 *             │ whole │ fraction ...            │
 * </pre>
 */
final class PowersOfTen {
    /** More than any double needs; all whole numbers of so many digits are longs. */
    static final int DIGITS_MAX = 17;

    private static final int LEAST = -330;
    private static final int MOST = 350;

    /** 5^55 is the last power of five below 2^128. */
    private static final int EXACT_MOST = 55;

    private static final int BITS = 128;
    private static final long[] HIGH = new long[MOST - LEAST + 1];
    private static final long[] LOW = new long[MOST - LEAST + 1];
    private static final int[] SHIFT = new int[MOST - LEAST + 1];
    private static final long[] WHOLE = new long[DIGITS_MAX + 2];

    static {
        var five = BigInteger.valueOf(5);
        for (var k = LEAST; k <= MOST; k++) {
            // A negative power is a reciprocal, with bits enough in front for 128 to be left.
            var fives = five.pow(Math.abs(k));
            var lift = k < 0 ? fives.bitLength() + BITS : 0;
            var exact = k < 0 ? BigInteger.ONE.shiftLeft(lift).divide(fives) : fives;
            var surplus = exact.bitLength() - BITS;
            var cut = surplus >= 0 ? exact.shiftRight(surplus) : exact.shiftLeft(-surplus);
            HIGH[k - LEAST] = cut.shiftRight(64).longValue();
            LOW[k - LEAST] = cut.longValue();
            SHIFT[k - LEAST] = k + surplus - lift;
        }
        WHOLE[0] = 1;
        for (var i = 1; i < WHOLE.length; i++) {
            WHOLE[i] = WHOLE[i - 1] * 10;
        }
    }

    private PowersOfTen() {}

    static long whole(int power) {
        return WHOLE[power];
    }

    /**
     * {@code value × 10^power} rounded half to even.
     *
     * @param value positive and finite; the result is at least one digit and at most {@link #DIGITS_MAX}
     * @return -1 where this way cannot tell
     */
    static long scaled(double value, int power) {
        var bits = Double.doubleToRawLongBits(value);
        var biased = (int) (bits >>> 52);
        var fraction = bits & 0xF_FFFF_FFFF_FFFFL;
        var mantissa = biased == 0 ? fraction : fraction | 1L << 52;
        var lift = Long.numberOfLeadingZeros(mantissa);
        var m = mantissa << lift;
        var high = HIGH[power - LEAST];
        var low = LOW[power - LEAST];
        var p0 = m * low;
        var p1 = m * high + unsignedHigh(m, low);
        var p2 = unsignedHigh(m, high) + (Long.compareUnsigned(p1, m * high) < 0 ? 1 : 0);
        var fractionBits = -(Math.max(biased, 1) - 1_075 - lift + SHIFT[power - LEAST]) - BITS;
        if (fractionBits < 1 || fractionBits > 63) {
            return -1;
        }
        var whole = p2 >>> fractionBits;
        var rest = p2 & ((1L << fractionBits) - 1);
        var half = 1L << (fractionBits - 1);
        if (rest == half - 1 && p1 == -1 && !isExact(power)) {
            return -1;
        }
        if (rest < half) {
            return whole;
        }
        // What is cut off of an inexact power lies above, so that no half of it is a tie.
        var tie = rest == half && (p1 | p0) == 0 && isExact(power);
        return tie && (whole & 1) == 0 ? whole : whole + 1;
    }

    private static boolean isExact(int power) {
        return power >= 0 && power <= EXACT_MOST;
    }

    private static long unsignedHigh(long a, long b) {
        return Math.multiplyHigh(a, b) + ((a >> 63) & b) + ((b >> 63) & a);
    }
}
