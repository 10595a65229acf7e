package io.perilune.scripting.lib;

import io.perilune.scripting.Bytes;
import io.perilune.scripting.CanonicalReader;
import io.perilune.scripting.CanonicalWriter;
import io.perilune.scripting.ValueCodec;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Meter;
import io.perilune.scripting.vm.Numbers;
import io.perilune.scripting.vm.Table;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;

/**
 * Lua values to the canonical bytes of {@link ValueCodec} and back, without a tree in between: what every {@code get}
 * and {@code put} goes through.
 *
 * <p>A table with the keys 1..n becomes an array, one with string keys an object. Tables decoded from arrays, and those
 * that {@code json.array} marked, are arrays even when empty; other empty tables are objects. {@link Json#NULL} is null;
 * so is nil, as a whole value.
 */
public final class LuaCodec {
    private LuaCodec() {}

    /**
     * @param name what messages call the whole value
     * @param bytesMax of the encoding
     * @throws LuaFailure naming what cannot be stored and where it is, as in {@code value.x[3]: a function cannot be
     *     stored}
     */
    public static Bytes encode(Meter meter, LuaValue value, String name, int bytesMax) {
        return encode(meter, value, name, "be stored", bytesMax);
    }

    /** @param purpose ends {@code a function cannot ...} */
    public static Bytes encode(Meter meter, LuaValue value, String name, String purpose, int bytesMax) {
        var writer = new CanonicalWriter(bytesMax);
        var walk = new LuaWalk(meter, name, purpose);
        try {
            walk.walk(value, new Encoder(writer));
        } catch (CanonicalWriter.TooLong tooLong) {
            var cycle = walk.cycle();
            throw cycle != null ? cycle : LuaFailure.at(name + ": longer than " + bytesMax + " bytes");
        }
        meter.memory(writer.size());
        meter.work(writer.size());
        return writer.written();
    }

    /**
     * A fresh value; charged before it is made. Strings share the array of {@code encoded}. A whole null is {@link
     * Json#NULL}.
     *
     * @throws IllegalArgumentException if the bytes are not canonical, saying where
     */
    public static LuaValue decode(Meter meter, Bytes encoded) {
        var reader = new CanonicalReader(encoded);
        meter.work(encoded.size());
        var value = read(meter, reader, 0);
        if (!reader.atEnd()) {
            throw reader.malformed(reader.position(), "more bytes than the value has");
        }
        return value;
    }

    private static LuaValue read(Meter meter, CanonicalReader reader, int depth) {
        var start = reader.position();
        var tag = reader.tag();
        if (depth > ValueCodec.DEPTH_MAX || tag >= ValueCodec.ARRAY && depth == ValueCodec.DEPTH_MAX) {
            throw reader.malformed(start, "nested deeper than " + ValueCodec.DEPTH_MAX);
        }
        return switch (tag) {
            case ValueCodec.NULL -> Json.NULL;
            case ValueCodec.FALSE -> LuaValue.FALSE;
            case ValueCodec.TRUE -> LuaValue.TRUE;
            case ValueCodec.INTEGER -> Numbers.of(reader.integer());
            case ValueCodec.DOUBLE -> Numbers.of(reader.fraction());
            case ValueCodec.STRING -> string(meter, reader);
            case ValueCodec.ARRAY -> array(meter, reader, depth);
            case ValueCodec.OBJECT -> object(meter, reader, depth);
            default -> throw new IllegalStateException("a tag that the reader let through");
        };
    }

    private static LuaString string(Meter meter, CanonicalReader reader) {
        var length = reader.string();
        meter.memory(length + (long) Meter.STRING_OVERHEAD);
        return LuaString.valueUsing(reader.lend(), reader.position() - length, length);
    }

    private static Table array(Meter meter, CanonicalReader reader, int depth) {
        var count = reader.items();
        meter.gas(count);
        var table = new Table(meter, count, 0).markArray();
        for (var i = 1; i <= count; i++) {
            table.set(i, read(meter, reader, depth + 1));
        }
        return table;
    }

    private static Table object(Meter meter, CanonicalReader reader, int depth) {
        var count = reader.fields();
        meter.gas(2L * count);
        var table = new Table(meter, 0, count);
        var last = 0;
        var lastLength = -1;
        for (var i = 0; i < count; i++) {
            var start = reader.position();
            var name = string(meter, reader);
            var at = reader.position() - name.m_length;
            if (lastLength >= 0 && !reader.isAscending(last, lastLength, at, name.m_length)) {
                throw reader.malformed(start, "names out of order");
            }
            last = at;
            lastLength = name.m_length;
            table.set(name, read(meter, reader, depth + 1));
        }
        return table;
    }

    private record Encoder(CanonicalWriter writer) implements LuaWalk.Visitor {
        @Override
        public void nothing() {
            writer.putNull();
        }

        @Override
        public void bool(boolean value) {
            writer.putBool(value);
        }

        @Override
        public void number(double value) {
            writer.putNum(value);
        }

        @Override
        public void string(LuaString value) {
            writer.putStr(value.m_bytes, value.m_offset, value.m_length);
        }

        @Override
        public void array(int items) {
            writer.putArray(items);
        }

        @Override
        public void endArray() {}

        @Override
        public void object(int fields) {
            writer.putObject(fields);
        }

        @Override
        public void name(LuaString name) {
            writer.putName(name.m_bytes, name.m_offset, name.m_length);
        }

        @Override
        public void endObject() {}
    }
}
