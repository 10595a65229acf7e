package io.perilune.scripting.lib;

/** The character classes of patterns, over bytes in the C locale: what is not ASCII belongs to none. */
final class CharClass {
    private static final int ALPHA = 1;
    private static final int DIGIT = 2;
    private static final int LOWER = 4;
    private static final int SPACE = 8;
    private static final int UPPER = 16;
    private static final int CONTROL = 32;
    private static final int PUNCTUATION = 64;
    private static final int HEX = 128;

    private static final int[] KINDS = new int[256];

    static {
        for (var c = 0; c < 128; c++) {
            KINDS[c] = kinds(c);
        }
    }

    private CharClass() {}

    private static int kinds(int c) {
        if (c < ' ' || c == 127) {
            return c >= '\t' && c <= '\r' ? CONTROL | SPACE : CONTROL;
        }
        if (c == ' ') {
            return SPACE;
        }
        if (c >= '0' && c <= '9') {
            return DIGIT | HEX;
        }
        var letter = c | 0x20;
        if (letter < 'a' || letter > 'z') {
            return PUNCTUATION;
        }
        return ALPHA | (letter == c ? LOWER : UPPER) | (letter <= 'f' ? HEX : 0);
    }

    /** Whether {@code c} is in {@code %name}; a name in upper case is the complement; other names stand for themselves. */
    static boolean contains(int name, int c) {
        var kind = KINDS[c];
        var in = switch (name | 0x20) {
            case 'a' -> (kind & ALPHA) != 0;
            case 'c' -> (kind & CONTROL) != 0;
            case 'd' -> (kind & DIGIT) != 0;
            case 'g' -> (kind & (ALPHA | DIGIT | PUNCTUATION)) != 0;
            case 'l' -> (kind & LOWER) != 0;
            case 'p' -> (kind & PUNCTUATION) != 0;
            case 's' -> (kind & SPACE) != 0;
            case 'u' -> (kind & UPPER) != 0;
            case 'w' -> (kind & (ALPHA | DIGIT)) != 0;
            case 'x' -> (kind & HEX) != 0;
            case 'z' -> c == 0;
            default -> name == c;
        };
        return isClass(name) && (KINDS[name] & UPPER) != 0 ? !in : in;
    }

    private static boolean isClass(int name) {
        return (KINDS[name] & ALPHA) != 0 && "acdglpsuwxz".indexOf(name | 0x20) >= 0;
    }

    static boolean isDigit(int c) {
        return (KINDS[c & 0xFF] & DIGIT) != 0;
    }

    static boolean isControl(int c) {
        return (KINDS[c & 0xFF] & CONTROL) != 0;
    }

    static boolean isAlphanumeric(int c) {
        return (KINDS[c & 0xFF] & (ALPHA | DIGIT)) != 0;
    }

    static byte upper(byte c) {
        return c >= 'a' && c <= 'z' ? (byte) (c - 32) : c;
    }

    static byte lower(byte c) {
        return c >= 'A' && c <= 'Z' ? (byte) (c + 32) : c;
    }
}
