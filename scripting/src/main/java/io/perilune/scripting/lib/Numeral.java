package io.perilune.scripting.lib;

import static io.perilune.scripting.lib.NumberText.NOT_A_NUMBER;

import java.nio.charset.StandardCharsets;

/** Reads one numeral that fills a text but for the space around it. Used once, by one thread. */
final class Numeral {
    /** So many decimal digits fit into a long. */
    private static final int LONG_DIGITS = 18;

    /** An exponent beyond this makes zero or infinity of any text that fits into memory. */
    private static final int EXPONENT_MAX = 100_000_000;

    private final byte[] text;
    private final int end;
    private int at;

    Numeral(byte[] text, int start, int end) {
        this.text = text;
        this.at = start;
        this.end = end;
    }

    double value() {
        skipSpace();
        var negative = sign();
        var magnitude = atHexPrefix() ? hexadecimal() : decimal();
        skipSpace();
        return at < end ? NOT_A_NUMBER : negative ? -magnitude : magnitude;
    }

    double integer(int base) {
        skipSpace();
        var negative = sign();
        var start = at;
        var value = 0.0;
        for (int digit; (digit = digit(base)) >= 0; at++) {
            value = value * base + digit;
        }
        if (at == start) {
            return NOT_A_NUMBER;
        }
        skipSpace();
        return at < end ? NOT_A_NUMBER : negative ? -value : value;
    }

    private double decimal() {
        var start = at;
        var mantissa = 0L;
        var significant = 0;
        var digits = 0;
        var exponent = 0;
        var point = false;
        for (; at < end; at++) {
            var c = text[at];
            if (c == '.' && !point) {
                point = true;
                continue;
            }
            if (c < '0' || c > '9') {
                break;
            }
            digits++;
            if (significant > 0 || c != '0') {
                significant++;
            }
            if (significant <= LONG_DIGITS) {
                mantissa = mantissa * 10 + (c - '0');
            }
            if (point) {
                exponent--;
            }
        }
        if (digits == 0) {
            return NOT_A_NUMBER;
        }
        var mantissaEnd = at;
        var written = exponent('e', 'E');
        if (significant <= LONG_DIGITS) {
            return mantissa == 0 ? 0 : NumberText.scaled(mantissa, exponent + written);
        }
        var numeral = new String(text, start, mantissaEnd - start, StandardCharsets.ISO_8859_1);
        return Double.parseDouble(numeral + "e" + written);
    }

    private double hexadecimal() {
        at += 2;
        var mantissa = 0L;
        var lost = false;
        var digits = 0;
        var exponent = 0;
        var point = false;
        for (; at < end; at++) {
            if (text[at] == '.' && !point) {
                point = true;
                continue;
            }
            var digit = digit(16);
            if (digit < 0) {
                break;
            }
            digits++;
            if (mantissa >>> 58 == 0) {
                mantissa = mantissa << 4 | digit;
                exponent -= point ? 4 : 0;
            } else {
                lost |= digit != 0;
                exponent += point ? 0 : 4;
            }
        }
        if (digits == 0) {
            return NOT_A_NUMBER;
        }
        return binary(mantissa << 1 | (lost ? 1 : 0), (long) exponent - 1 + exponent('p', 'P'));
    }

    /** {@code mantissa × 2^exponent}, rounded once, half to even; the lowest bit stands for all that were cut off. */
    private static double binary(long mantissa, long exponent) {
        if (mantissa == 0) {
            return 0;
        }
        var highest = 63 - Long.numberOfLeadingZeros(mantissa);
        if (highest + exponent > Double.MAX_EXPONENT) {
            return Double.POSITIVE_INFINITY;
        }
        // Bits below the 53rd, or below the last one of a subnormal, go.
        var surplus = Math.max(highest - 52L, Double.MIN_EXPONENT - 52L - exponent);
        if (surplus > 62) {
            return surplus == 63 && mantissa > 1L << 62 ? Double.MIN_VALUE : 0;
        }
        var kept = surplus > 0 ? NumberFormat.shiftedToEven(mantissa, (int) surplus) : mantissa;
        // Exact, but for an overflow that rounding up has earned.
        return twoTo(kept, exponent + Math.max(surplus, 0));
    }

    private static double twoTo(long mantissa, long exponent) {
        return Math.scalb((double) mantissa, (int) exponent);
    }

    /** The exponent at this place, 0 where there is none; a mark without digits is left where it is. */
    private int exponent(char lower, char upper) {
        var mark = at;
        if (at == end || (text[at] != lower && text[at] != upper)) {
            return 0;
        }
        at++;
        var negative = sign();
        var start = at;
        var value = 0;
        for (int digit; (digit = digit(10)) >= 0; at++) {
            value = Math.min(value * 10 + digit, EXPONENT_MAX);
        }
        if (at == start) {
            at = mark;
            return 0;
        }
        return negative ? -value : value;
    }

    private boolean atHexPrefix() {
        return at + 1 < end && text[at] == '0' && (text[at + 1] == 'x' || text[at + 1] == 'X');
    }

    private boolean sign() {
        if (at < end && (text[at] == '-' || text[at] == '+')) {
            return text[at++] == '-';
        }
        return false;
    }

    private int digit(int base) {
        if (at == end) {
            return -1;
        }
        var c = text[at];
        int digit;
        if (c >= '0' && c <= '9') {
            digit = c - '0';
        } else if (c >= 'a' && c <= 'z') {
            digit = c - 'a' + 10;
        } else if (c >= 'A' && c <= 'Z') {
            digit = c - 'A' + 10;
        } else {
            return -1;
        }
        return digit < base ? digit : -1;
    }

    private void skipSpace() {
        while (at < end && (text[at] == ' ' || (text[at] >= '\t' && text[at] <= '\r'))) {
            at++;
        }
    }
}
