package io.perilune.scripting.lib;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A magnitude in decimal, correctly rounded from a double (half to even, of the exact binary value, as C's printf
 * does): {@code d.ddd × 10^exponent}.
 *
 * <p>Conversions take a short way where it is sure of the rounding. Significant digits: {@link PowersOfTen}. Digits
 * after the point: scaling by a power of ten up to 10^22, itself exact, gives a rounded double and, by Dekker's
 * error-free product ("A floating-point technique for extending the available precision", 1971), the sign of what was
 * lost. Everything else goes through {@link BigDecimal}, which holds every double exactly.
 *
 * @param digits in ASCII, the first not zero unless the value is
 * @param exponent of the first digit
 */
record Decimal(byte[] digits, int exponent) {
    /** 10^22 is the last power of ten that is a double. */
    static final int EXACT_POWERS = 22;

    private static final double[] POWERS = new double[EXACT_POWERS + 1];
    private static final double HALF_VALID = 0x1p52;
    private static final double SPLITTER = 0x1p27 + 1;

    static {
        POWERS[0] = 1;
        for (var i = 1; i <= EXACT_POWERS; i++) {
            POWERS[i] = POWERS[i - 1] * 10;
        }
    }

    static double power(int exponent) {
        return POWERS[exponent];
    }

    /** @param value positive and finite, or zero */
    static Decimal significant(double value, int count) {
        if (value == 0) {
            return new Decimal(zeros(count), 0);
        }
        if (count <= PowersOfTen.DIGITS_MAX) {
            var exponent = exponentBelow(value);
            var scaled = PowersOfTen.scaled(value, count - 1 - exponent);
            if (scaled >= PowersOfTen.whole(count)) {
                // The exponent was one too low, or rounding has carried into one digit more.
                exponent++;
                scaled = PowersOfTen.scaled(value, count - 1 - exponent);
            }
            if (scaled >= 0) {
                return new Decimal(ascii(Long.toString(scaled)), exponent);
            }
        }
        return exactly(new BigDecimal(value).round(new MathContext(count, RoundingMode.HALF_EVEN)), count);
    }

    /** @return the digits of {@code value × 10^places} rounded to an integer: those before and after the point */
    static byte[] fixed(double value, int places) {
        var scaled = scaled(value, places);
        return scaled >= 0
                ? ascii(Long.toString(scaled))
                : ascii(new BigDecimal(value)
                        .setScale(places, RoundingMode.HALF_EVEN)
                        .unscaledValue()
                        .toString());
    }

    /** The same without the zeros at its end; one digit stays. */
    Decimal stripped() {
        var length = digits.length;
        while (length > 1 && digits[length - 1] == '0') {
            length--;
        }
        return length == digits.length ? this : new Decimal(Arrays.copyOf(digits, length), exponent);
    }

    /** {@code value × 10^shift} rounded half to even, or -1 where this way cannot tell. */
    static long scaled(double value, int shift) {
        if (shift > EXACT_POWERS || shift < -EXACT_POWERS) {
            return -1;
        }
        var power = POWERS[Math.abs(shift)];
        var high = shift >= 0 ? value * power : value / power;
        if (!(high < HALF_VALID)) {
            return -1;
        }
        var whole = (long) high;
        var fraction = high - whole;
        if (fraction > 0.5) {
            return whole + 1;
        }
        if (fraction < 0.5) {
            return whole;
        }
        var lost = shift >= 0 ? -productError(value, power, high) : remainder(value, high, power);
        return lost > 0 || (lost == 0 && (whole & 1) != 0) ? whole + 1 : whole;
    }

    /** {@code product - a × b}, exactly, where {@code product} is their rounded product. */
    private static double productError(double a, double b, double product) {
        var splitA = SPLITTER * a;
        var highA = splitA - (splitA - a);
        var lowA = a - highA;
        var splitB = SPLITTER * b;
        var highB = splitB - (splitB - b);
        var lowB = b - highB;
        return (((product - highA * highB) - lowA * highB) - highA * lowB) - lowA * lowB;
    }

    /** {@code value - quotient × divisor}, exactly, where {@code quotient} is their rounded quotient. */
    private static double remainder(double value, double quotient, double divisor) {
        var product = quotient * divisor;
        return (value - product) + productError(quotient, divisor, product);
    }

    /** The decimal exponent, or one less. */
    private static int exponentBelow(double value) {
        var exponent = value < Double.MIN_NORMAL
                ? Double.MIN_EXPONENT - 52 + 63 - Long.numberOfLeadingZeros(Double.doubleToRawLongBits(value))
                : Math.getExponent(value);
        // The constant is log10(2) × 2^41; the floor is right for every exponent of a double.
        return (int) (exponent * 661_971_961_083L >> 41);
    }

    private static Decimal exactly(BigDecimal rounded, int count) {
        var digits = ascii(rounded.unscaledValue().toString());
        var exponent = digits.length - 1 - rounded.scale();
        var padded = zeros(count);
        System.arraycopy(digits, 0, padded, 0, Math.min(count, digits.length));
        return new Decimal(padded, exponent);
    }

    private static byte[] zeros(int count) {
        var zeros = new byte[count];
        Arrays.fill(zeros, (byte) '0');
        return zeros;
    }

    private static byte[] ascii(String digits) {
        return digits.getBytes(StandardCharsets.ISO_8859_1);
    }
}
