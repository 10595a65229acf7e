package io.perilune.scripting.lib;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One conversion of {@code string.format} for a number, as C's printf does it in the C locale.
 *
 * @param flags any of {@code - + space # 0}, as written
 * @param width the least number of bytes, 0..99
 * @param precision 0..99, or {@link #NONE}
 * @param conversion one of {@code d i u o x X e E f g G a A}
 */
record NumberFormat(String flags, int width, int precision, char conversion) {
    static final int NONE = -1;

    /** Bits of a double after the point, in hexadecimal digits. */
    private static final int HEX_DIGITS = 13;

    /** {@code d i}: the integer part of {@code value}, which is a long's. */
    byte[] integer(long value) {
        var digits = digits(value == Long.MIN_VALUE ? "9223372036854775808" : Long.toString(Math.abs(value)), value);
        return padded(sign(value < 0), digits, zeroPads() && precision == NONE);
    }

    /** {@code u o x X}: the bits of {@code value} without a sign. */
    byte[] unsigned(long value) {
        return switch (conversion) {
            case 'o' -> {
                var octal = digits(Long.toOctalString(value), value);
                var alternate = has('#') && !octal.startsWith("0");
                yield padded("", alternate ? "0" + octal : octal, zeroPads() && precision == NONE);
            }
            case 'x' -> hexadecimal(value, has('#') && value != 0 ? "0x" : "");
            case 'X' -> upper(hexadecimal(value, has('#') && value != 0 ? "0x" : ""));
            default -> padded("", digits(Long.toUnsignedString(value), value), zeroPads() && precision == NONE);
        };
    }

    private byte[] hexadecimal(long value, String prefix) {
        return padded(prefix, digits(Long.toHexString(value), value), zeroPads() && precision == NONE);
    }

    /** At least {@code precision} digits; zero with a precision of 0 has none. */
    private String digits(String text, long value) {
        if (precision == 0 && value == 0) {
            return "";
        }
        return text.length() < precision ? "0".repeat(precision - text.length()) + text : text;
    }

    /** {@code e E f g G a A}. */
    byte[] floating(double value) {
        var negative = Double.doubleToRawLongBits(value) < 0 && !Double.isNaN(value);
        var text = switch (conversion) {
            case 'e', 'E', 'f', 'g', 'G' -> Double.isFinite(value) ? decimal(Math.abs(value)) : notFinite(value);
            default -> Double.isFinite(value) ? hexFloat(Math.abs(value)) : notFinite(value);
        };
        var sign = sign(negative);
        if (text.startsWith("0x")) {
            sign += "0x";
            text = text.substring(2);
        }
        var padded = padded(sign, text, zeroPads() && Double.isFinite(value));
        return Character.isUpperCase(conversion) ? upper(padded) : padded;
    }

    private static String notFinite(double value) {
        return Double.isNaN(value) ? "nan" : "inf";
    }

    private String decimal(double magnitude) {
        var places = precision == NONE ? 6 : precision;
        return switch (conversion) {
            case 'f' -> plain(Decimal.fixed(magnitude, places), places);
            case 'e', 'E' -> exponential(Decimal.significant(magnitude, places + 1));
            default -> general(magnitude, Math.max(places, 1));
        };
    }

    /** %g: the exponent decides, and zeros at the end go unless {@code #} keeps them (C11 7.21.6.1). */
    private String general(double magnitude, int significant) {
        var rounded = Decimal.significant(magnitude, significant);
        var kept = has('#') ? rounded : rounded.stripped();
        if (rounded.exponent() < -4 || rounded.exponent() >= significant) {
            return exponential(kept);
        }
        var places = Math.max(kept.digits().length - 1 - rounded.exponent(), 0);
        return plain(aligned(kept, places), places);
    }

    /** The digits of a number with so many of them after the point. */
    private static byte[] aligned(Decimal decimal, int places) {
        var digits = decimal.digits();
        var length = Math.max(decimal.exponent(), 0) + 1 + places;
        var aligned = new byte[length];
        Arrays.fill(aligned, (byte) '0');
        System.arraycopy(digits, 0, aligned, decimal.exponent() < 0 ? length - digits.length : 0, digits.length);
        return aligned;
    }

    private String plain(byte[] digits, int places) {
        var text = new String(digits, StandardCharsets.ISO_8859_1);
        if (text.length() <= places) {
            text = "0".repeat(places + 1 - text.length()) + text;
        }
        var point = text.length() - places;
        return places == 0 ? text + point() : text.substring(0, point) + "." + text.substring(point);
    }

    private String exponential(Decimal decimal) {
        var digits = new String(decimal.digits(), StandardCharsets.ISO_8859_1);
        var fraction = digits.length() == 1 ? point() : "." + digits.substring(1);
        var exponent = Math.abs(decimal.exponent());
        return digits.charAt(0)
                + fraction
                + (decimal.exponent() < 0 ? "e-" : "e+")
                + (exponent < 10 ? "0" : "")
                + exponent;
    }

    private String point() {
        return has('#') ? "." : "";
    }

    /** glibc's choice: one bit before the point, none for subnormals; a carry may make it 2. */
    private String hexFloat(double magnitude) {
        var bits = Double.doubleToRawLongBits(magnitude);
        var exponent = magnitude == 0 ? 0 : Math.max(Math.getExponent(magnitude), Double.MIN_EXPONENT);
        var mantissa = (bits & 0xF_FFFF_FFFF_FFFFL) | (magnitude >= Double.MIN_NORMAL ? 1L << 52 : 0);
        var places = HEX_DIGITS;
        if (precision == NONE) {
            while (places > 0 && (mantissa & 0xF) == 0) {
                mantissa >>>= 4;
                places--;
            }
        } else if (precision < HEX_DIGITS) {
            mantissa = shiftedToEven(mantissa, 4 * (HEX_DIGITS - precision));
            places = precision;
        }
        var hex = Long.toHexString(mantissa);
        hex = hex.length() <= places ? "0".repeat(places + 1 - hex.length()) + hex : hex;
        var fraction = hex.substring(hex.length() - places) + "0".repeat(Math.max(precision - HEX_DIGITS, 0));
        return "0x"
                + hex.substring(0, hex.length() - places)
                + (fraction.isEmpty() ? point() : "." + fraction)
                + (exponent < 0 ? "p-" : "p+")
                + Math.abs(exponent);
    }

    static long shiftedToEven(long value, int bits) {
        var kept = value >>> bits;
        var lost = value & ((1L << bits) - 1);
        var half = 1L << (bits - 1);
        return lost > half || (lost == half && (kept & 1) != 0) ? kept + 1 : kept;
    }

    private String sign(boolean negative) {
        if (negative) {
            return "-";
        }
        return has('+') ? "+" : has(' ') ? " " : "";
    }

    private boolean zeroPads() {
        return has('0') && !has('-');
    }

    boolean has(char flag) {
        return flags.indexOf(flag) >= 0;
    }

    private byte[] padded(String prefix, String digits, boolean zeros) {
        var missing = Math.max(width - prefix.length() - digits.length(), 0);
        var text = zeros
                ? prefix + "0".repeat(missing) + digits
                : has('-') ? prefix + digits + " ".repeat(missing) : " ".repeat(missing) + prefix + digits;
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] upper(byte[] text) {
        for (var i = 0; i < text.length; i++) {
            if (text[i] >= 'a' && text[i] <= 'z') {
                text[i] -= 'a' - 'A';
            }
        }
        return text;
    }
}
