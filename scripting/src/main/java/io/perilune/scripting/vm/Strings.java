package io.perilune.scripting.vm;

import io.perilune.scripting.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.luaj.vm2.LuaString;

/** Lua strings as what they are: bytes. */
public final class Strings {
    private Strings() {}

    /** Bytewise, unsigned: as PUC's in the C locale. */
    public static int compare(LuaString a, LuaString b) {
        return Arrays.compareUnsigned(
                a.m_bytes, a.m_offset, a.m_offset + a.m_length, b.m_bytes, b.m_offset, b.m_offset + b.m_length);
    }

    /** Takes {@code content} over. */
    public static LuaString owned(byte[] content) {
        return LuaString.valueUsing(content);
    }

    public static LuaString utf8(String text) {
        return LuaString.valueUsing(text.getBytes(StandardCharsets.UTF_8));
    }

    public static LuaString concat(LuaString a, LuaString b) {
        byte[] both = new byte[a.m_length + b.m_length];
        System.arraycopy(a.m_bytes, a.m_offset, both, 0, a.m_length);
        System.arraycopy(b.m_bytes, b.m_offset, both, a.m_length, b.m_length);
        return owned(both);
    }

    public static LuaString of(Bytes content) {
        return owned(content.lend());
    }

    public static Bytes bytes(LuaString text) {
        return Bytes.copyOf(text.m_bytes, text.m_offset, text.m_length);
    }

    /** For people: malformed UTF-8 becomes replacement characters. */
    public static String text(LuaString text) {
        return new String(text.m_bytes, text.m_offset, text.m_length, StandardCharsets.UTF_8);
    }
}
