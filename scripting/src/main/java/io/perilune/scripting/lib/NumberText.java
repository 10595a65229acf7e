package io.perilune.scripting.lib;

import java.nio.charset.StandardCharsets;

/**
 * Numbers as text and back, byte for byte as PUC-Rio Lua 5.2 has them on Linux, whatever the platform, its locale or
 * its version of Java's own conversions. NaN is {@code nan}, for its sign is not the same everywhere. Pure functions
 * for any thread; texts are fresh arrays, the caller's to keep.
 */
public final class NumberText {
    /** What {@link #parse} returns for text that is no number; no numeral means it. */
    public static final double NOT_A_NUMBER = Double.NaN;

    /** The significant digits of {@code tostring}: LUAI_NUMFFORMAT is %.14g. */
    private static final double INTEGER_MAX = 1L << 53;

    private static final int DIGITS = 14;

    private static final long PLAIN_BELOW = 100_000_000_000_000L;
    private static final long EXACT_BELOW = 1L << 53;
    private static final byte[][] SMALL = new byte[256][];

    static {
        for (var i = 0; i < SMALL.length; i++) {
            SMALL[i] = ascii(Integer.toString(i));
        }
    }

    private NumberText() {}

    /** As {@code tostring} and {@code ..} show it. */
    public static byte[] text(double value) {
        var whole = (long) value;
        if (whole == value && whole < PLAIN_BELOW && whole > -PLAIN_BELOW && (whole != 0 || !isMinusZero(value))) {
            return whole >= 0 && whole < SMALL.length ? SMALL[(int) whole].clone() : integer(whole);
        }
        if (Double.isNaN(value)) {
            return ascii("nan");
        }
        if (Double.isInfinite(value)) {
            return ascii(value > 0 ? "inf" : "-inf");
        }
        if (value == 0) {
            return ascii("-0");
        }
        var decimal = Decimal.significant(Math.abs(value), DIGITS).stripped();
        var out = new Layout(value < 0);
        return decimal.exponent() < -4 || decimal.exponent() >= DIGITS
                ? out.exponential(decimal, 2)
                : out.plain(decimal);
    }

    /**
     * The shortest decimal that reads back as {@code value}, laid out as JavaScript does (and RFC 8785 requires): plain
     * from 1e-6 up to 1e21.
     *
     * @param value finite; minus zero is {@code 0}
     */
    public static byte[] shortest(double value) {
        var whole = (long) value;
        if (whole == value && Math.abs(whole) < EXACT_BELOW) {
            return whole >= 0 && whole < SMALL.length ? SMALL[(int) whole].clone() : integer(whole);
        }
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("no JSON number is " + value);
        }
        var decimal = shortestDigits(Math.abs(value));
        var out = new Layout(value < 0);
        return decimal.exponent() < -6 || decimal.exponent() > 20 ? out.exponential(decimal, 1) : out.plain(decimal);
    }

    /**
     * The same for JSON: whole numbers beyond 2^53 get an exponent, for as plain integers they would be refused on their
     * way back.
     */
    public static byte[] json(double value) {
        var isLargeWhole = value == Math.rint(value) && Math.abs(value) > INTEGER_MAX && !Double.isInfinite(value);
        return isLargeWhole ? new Layout(value < 0).exponential(shortestDigits(Math.abs(value)), 1) : shortest(value);
    }

    /**
     * Every decimal of 15 digits survives a double, and every double 17 digits of decimal: so the shortest is that of 15
     * without its zeros, or has 16, or 17. Subnormals hold fewer.
     */
    private static Decimal shortestDigits(double value) {
        for (var count = value < Double.MIN_NORMAL ? 1 : 15; count < 17; count++) {
            var decimal = Decimal.significant(value, count);
            if (readsBack(decimal, value)) {
                return decimal.stripped();
            }
            // Above a power of two doubles lie wider than below, so the farther neighbour may be the one that reads
            // back.
            var above = incremented(decimal);
            if (count == 16 && isPowerOfTwo(value) && readsBack(above, value)) {
                return above.stripped();
            }
        }
        return Decimal.significant(value, 17).stripped();
    }

    private static boolean readsBack(Decimal decimal, double value) {
        var mantissa = 0L;
        for (var digit : decimal.digits()) {
            mantissa = mantissa * 10 + (digit - '0');
        }
        return scaled(mantissa, decimal.exponent() - decimal.digits().length + 1) == value;
    }

    private static boolean isPowerOfTwo(double value) {
        return (Double.doubleToRawLongBits(value) & 0xF_FFFF_FFFF_FFFFL) == 0;
    }

    private static Decimal incremented(Decimal decimal) {
        var digits = decimal.digits().clone();
        var i = digits.length - 1;
        for (; i >= 0 && digits[i] == '9'; i--) {
            digits[i] = '0';
        }
        if (i < 0) {
            digits[0] = '1';
            return new Decimal(digits, decimal.exponent() + 1);
        }
        digits[i]++;
        return new Decimal(digits, decimal.exponent());
    }

    /**
     * The number that a whole text means, space around it allowed, as Lua's lexer and {@code tonumber} take it: decimal
     * or hexadecimal, with fraction and exponent; never {@code inf} or {@code nan}.
     *
     * @return {@link #NOT_A_NUMBER} where it is none
     */
    public static double parse(byte[] text, int offset, int length) {
        return new Numeral(text, offset, offset + length).value();
    }

    /**
     * As {@code tonumber(text, base)}: letters and digits of a base 2..36 with a sign before them.
     *
     * @return {@link #NOT_A_NUMBER} where it is none
     */
    public static double parse(byte[] text, int offset, int length, int base) {
        return new Numeral(text, offset, offset + length).integer(base);
    }

    /** {@code mantissa × 10^exponent}, correctly rounded. */
    static double scaled(long mantissa, int exponent) {
        if (mantissa <= EXACT_BELOW && Math.abs(exponent) <= Decimal.EXACT_POWERS) {
            // Both are doubles, so the one rounding of the operation is the right one (Clinger 1990).
            return exponent < 0 ? mantissa / Decimal.power(-exponent) : mantissa * Decimal.power(exponent);
        }
        return Double.parseDouble(mantissa + "e" + exponent);
    }

    static byte[] integer(long value) {
        return ascii(Long.toString(value));
    }

    private static boolean isMinusZero(double value) {
        return Double.doubleToRawLongBits(value) < 0;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Digits put in their places around a point. */
    private static final class Layout {
        private final boolean negative;
        private byte[] out = {};
        private int size;

        Layout(boolean negative) {
            this.negative = negative;
        }

        byte[] plain(Decimal decimal) {
            var digits = decimal.digits();
            var before = decimal.exponent() + 1;
            var after = digits.length - before;
            begin(Math.max(before, 1) + (after > 0 ? 1 + after : 0));
            if (before <= 0) {
                put('0');
                put('.');
                zeros(-before);
                put(digits, 0, digits.length);
            } else {
                put(digits, 0, Math.min(before, digits.length));
                zeros(-after);
                if (after > 0) {
                    put('.');
                    put(digits, before, after);
                }
            }
            return out;
        }

        byte[] exponential(Decimal decimal, int exponentDigits) {
            var digits = decimal.digits();
            var exponent = Math.abs(decimal.exponent());
            var exponentLength = Math.max(exponent < 10 ? 1 : exponent < 100 ? 2 : 3, exponentDigits);
            begin(digits.length + (digits.length > 1 ? 1 : 0) + 2 + exponentLength);
            put(digits[0]);
            if (digits.length > 1) {
                put('.');
                put(digits, 1, digits.length - 1);
            }
            put('e');
            put(decimal.exponent() < 0 ? '-' : '+');
            for (int i = exponentLength, divisor = exponentLength == 3 ? 100 : exponentLength == 2 ? 10 : 1;
                    i > 0;
                    i--) {
                put('0' + exponent / divisor % 10);
                divisor /= 10;
            }
            return out;
        }

        private void begin(int length) {
            out = new byte[negative ? length + 1 : length];
            if (negative) {
                put('-');
            }
        }

        private void put(int character) {
            out[size++] = (byte) character;
        }

        private void put(byte[] digits, int offset, int length) {
            System.arraycopy(digits, offset, out, size, length);
            size += length;
        }

        private void zeros(int count) {
            for (var i = 0; i < count; i++) {
                put('0');
            }
        }
    }
}
