package io.perilune.scripting.lib;

/** UTF-8 by the letter of RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
final class Utf8 {
    static final int CODE_POINT_MAX = 0x10FFFF;

    private Utf8() {}

    static boolean isValid(byte[] text, int offset, int length) {
        return validPrefix(text, offset, length) == length;
    }

    /** How many bytes from the start are well-formed. */
    static int validPrefix(byte[] text, int offset, int length) {
        var at = offset;
        var end = offset + length;
        while (at < end) {
            if (text[at] >= 0) {
                at++;
                continue;
            }
            var size = size(text[at]);
            var code = size == 0 || size > end - at ? -1 : decode(text, at, size);
            if (code < 0 || code >= 0xD800 && code <= 0xDFFF) {
                break;
            }
            at += size;
        }
        return at - offset;
    }

    /** Bytes in the character that begins with this one; 0 where none does. */
    static int size(byte lead) {
        if (lead >= 0) {
            return 1;
        }
        var ones = Integer.numberOfLeadingZeros(~(lead << 24));
        return ones >= 2 && ones <= 4 ? ones : 0;
    }

    /** The character in these bytes, surrogates included; -1 where they are malformed. */
    static int decode(byte[] text, int at, int size) {
        if (size == 1) {
            return text[at];
        }
        var code = text[at] & (0x7F >> size);
        for (var i = 1; i < size; i++) {
            if ((text[at + i] & 0xC0) != 0x80) {
                return -1;
            }
            code = code << 6 | (text[at + i] & 0x3F);
        }
        return code <= CODE_POINT_MAX && code >= least(size) ? code : -1;
    }

    private static int least(int size) {
        return size == 2 ? 0x80 : size == 3 ? 0x800 : 0x10000;
    }

    /** @param code 0..7FFFFFFF; beyond Unicode in the five and six bytes of the older RFC 2279, as Lua 5.3 does */
    static byte[] encode(int code) {
        if (code < 0x80) {
            return new byte[] {(byte) code};
        }
        var bits = 32 - Integer.numberOfLeadingZeros(code);
        var size = bits <= 11 ? 2 : bits <= 16 ? 3 : bits <= 21 ? 4 : bits <= 26 ? 5 : 6;
        var bytes = new byte[size];
        var rest = code;
        for (var i = size - 1; i > 0; i--) {
            bytes[i] = (byte) (0x80 | rest & 0x3F);
            rest >>>= 6;
        }
        bytes[0] = (byte) (0xFF00 >> size | rest);
        return bytes;
    }
}
