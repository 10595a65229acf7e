package io.perilune.scripting.lib;

import io.perilune.scripting.vm.Meter;
import io.perilune.scripting.vm.Strings;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.luaj.vm2.LuaString;

/** A Lua string in the making: charged, and held to the limit of one string, before it grows. Used by one thread. */
final class TextBuilder {
    private final Meter meter;
    private byte[] content = new byte[32];
    private int size;

    TextBuilder(Meter meter) {
        this.meter = meter;
    }

    TextBuilder add(int c) {
        room(1);
        content[size++] = (byte) c;
        return this;
    }

    TextBuilder add(byte[] bytes) {
        return add(bytes, 0, bytes.length);
    }

    TextBuilder add(LuaString text) {
        return add(text.m_bytes, text.m_offset, text.m_length);
    }

    TextBuilder add(byte[] bytes, int offset, int length) {
        room(length);
        System.arraycopy(bytes, offset, content, size, length);
        size += length;
        return this;
    }

    /** @param text ASCII */
    TextBuilder add(String text) {
        return add(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    TextBuilder fill(int c, int count) {
        if (count > 0) {
            room(count);
            Arrays.fill(content, size, size + count, (byte) c);
            size += count;
        }
        return this;
    }

    int size() {
        return size;
    }

    byte[] bytes() {
        return Arrays.copyOf(content, size);
    }

    LuaString text() {
        meter.string(size);
        return Strings.owned(bytes());
    }

    private void room(int bytes) {
        if (bytes <= content.length - size) {
            return;
        }
        var needed = (long) size + bytes;
        if (needed > meter.stringLimit()) {
            meter.string(needed);
        }
        var grown = (int) Math.min(Math.max(needed, 2L * content.length), Integer.MAX_VALUE - 64);
        meter.memory(grown - content.length);
        meter.work(size);
        content = Arrays.copyOf(content, grown);
    }
}
