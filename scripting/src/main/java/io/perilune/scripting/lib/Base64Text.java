package io.perilune.scripting.lib;

import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaString;

/** Base 64 with padding (RFC 4648, §4); decoding takes exactly what encoding gives. */
final class Base64Text {
    private static final int[] VALUES = new int[256];

    static {
        Arrays.fill(VALUES, -1);
        for (var i = 0; i < 64; i++) {
            VALUES["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".charAt(i)] = i;
        }
    }

    private Base64Text() {}

    static byte[] encode(LuaString text) {
        return Base64.getEncoder()
                .encode(Arrays.copyOfRange(text.m_bytes, text.m_offset, text.m_offset + text.m_length));
    }

    /** @return null where this is no such text */
    static byte @Nullable [] decode(LuaString text) {
        var length = text.m_length;
        if (length % 4 != 0) {
            return null;
        }
        var padding = length > 0 && at(text, length - 1) == '=' ? (at(text, length - 2) == '=' ? 2 : 1) : 0;
        var bytes = new byte[length / 4 * 3 - padding];
        var bits = 0;
        for (int i = 0, out = 0; i < length; i++) {
            var value = i >= length - padding ? 0 : VALUES[at(text, i)];
            if (value < 0) {
                return null;
            }
            bits = bits << 6 | value;
            if (i % 4 == 3) {
                for (var shift = 16; shift >= 0 && out < bytes.length; shift -= 8) {
                    bytes[out++] = (byte) (bits >>> shift);
                }
            }
        }
        // Bits that encode nothing must be zero, or two texts would mean one string.
        return padding == 0 || (bits & (padding == 1 ? 0xFF : 0xFFFF)) == 0 ? bytes : null;
    }

    private static int at(LuaString text, int place) {
        return text.m_bytes[text.m_offset + place] & 0xFF;
    }
}
