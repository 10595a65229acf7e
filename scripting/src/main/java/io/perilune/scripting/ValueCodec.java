package io.perilune.scripting;

import io.perilune.scripting.Value.Arr;
import io.perilune.scripting.Value.Bool;
import io.perilune.scripting.Value.Null;
import io.perilune.scripting.Value.Num;
import io.perilune.scripting.Value.Obj;
import io.perilune.scripting.Value.Str;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The canonical bytes of a {@link Value}: equal values have equal bytes, and any bytes are either refused or the
 * encoding of exactly one value. They are what is stored, hashed and replicated.
 *
 * <pre>
 *   value   = 00                                  null
 *           | 01                                  false
 *           | 02                                  true
 *           | 03  varint                          integer n with |n| ≤ 2^53, as zigzag: 2n, or -2n-1 below 0
 *           | 04  byte[8]                         any other finite double, IEEE 754 big-endian
 *           | 05  varint:length  byte[length]     string
 *           | 06  varint:count   value[count]     array
 *           | 07  varint:count   field[count]     object; names strictly ascending as unsigned bytes
 *   field   = varint:length  byte[length]  value
 *   varint  = seven bits a byte, low ones first, top bit set on all but the last; no byte more than needed
 *
 *   {"a": [1, -1], "b": 0.5}
 *   ┌────┬────┬───────┬────┬────┬───────┬───────┬───────┬────┬─────────────────────────┐
 *   │ 07 │ 02 │ 01 61 │ 06 │ 02 │ 03 02 │ 03 01 │ 01 62 │ 04 │ 3F E0 00 00 00 00 00 00 │
 *   └────┴────┴───────┴────┴────┴───────┴───────┴───────┴────┴─────────────────────────┘
 *    obj   2    "a"    arr   2      1      -1      "b"   dbl            0.5
 * </pre>
 *
 * <p>There is no version byte, for that would be most of a small value: what encloses values has one. New kinds of
 * value would be new tags. Arrays and objects nest {@value #DEPTH_MAX} deep at most.
 */
public final class ValueCodec {
    /** Levels of arrays and objects in one value. */
    public static final int DEPTH_MAX = 100;

    /** Up to here every integer is a double, and every double that is an integer is written as one. */
    public static final long INTEGER_MAX = 1L << 53;

    public static final byte NULL = 0;
    public static final byte FALSE = 1;
    public static final byte TRUE = 2;
    public static final byte INTEGER = 3;
    public static final byte DOUBLE = 4;
    public static final byte STRING = 5;
    public static final byte ARRAY = 6;
    public static final byte OBJECT = 7;

    private static final Value FALSE_VALUE = new Bool(false);
    private static final Value TRUE_VALUE = new Bool(true);

    private ValueCodec() {}

    /** @throws IllegalArgumentException if it nests deeper than {@link #DEPTH_MAX} */
    public static Bytes encode(Value value) {
        var writer = new CanonicalWriter(Integer.MAX_VALUE - 64);
        write(value, 0, writer);
        return writer.written();
    }

    /** @throws IllegalArgumentException if the bytes are not the canonical encoding of a value, saying where */
    public static Value decode(Bytes encoded) {
        var reader = new CanonicalReader(encoded);
        var value = read(reader, 0);
        if (!reader.atEnd()) {
            throw reader.malformed(reader.position(), "more bytes than the value has");
        }
        return value;
    }

    private static void write(Value value, int depth, CanonicalWriter writer) {
        if (value instanceof Null) {
            writer.putNull();
        } else if (value instanceof Bool bool) {
            writer.putBool(bool.value());
        } else if (value instanceof Num num) {
            writer.putNum(num.value());
        } else if (value instanceof Str str) {
            writer.putStr(str.value().lend(), 0, str.value().size());
        } else if (value instanceof Arr arr) {
            requireDepth(depth + 1);
            writer.putArray(arr.items().size());
            for (var item : arr.items()) {
                write(item, depth + 1, writer);
            }
        } else if (value instanceof Obj obj) {
            requireDepth(depth + 1);
            writer.putObject(obj.fields().size());
            for (var field : bytewise(obj.fields()).entrySet()) {
                writer.putName(field.getKey().lend(), 0, field.getKey().size());
                write(field.getValue(), depth + 1, writer);
            }
        }
    }

    /** A map made with a comparator of its maker's choice keeps that order when it is copied. */
    private static SortedMap<Bytes, Value> bytewise(SortedMap<Bytes, Value> fields) {
        if (fields.comparator() == null) {
            return fields;
        }
        var ordered = new TreeMap<Bytes, Value>();
        ordered.putAll(fields);
        return ordered;
    }

    private static void requireDepth(int depth) {
        if (depth > DEPTH_MAX) {
            throw new IllegalArgumentException("a value nests deeper than " + DEPTH_MAX);
        }
    }

    private static Value read(CanonicalReader reader, int depth) {
        var start = reader.position();
        return switch (reader.tag()) {
            case NULL -> Value.NULL;
            case FALSE -> FALSE_VALUE;
            case TRUE -> TRUE_VALUE;
            case INTEGER -> new Num(reader.integer());
            case DOUBLE -> new Num(reader.fraction());
            case STRING -> new Str(string(reader));
            case ARRAY -> new Arr(items(reader, nested(reader, start, depth)));
            case OBJECT -> new Obj(fields(reader, nested(reader, start, depth)));
            default -> throw new IllegalStateException("a tag that the reader let through");
        };
    }

    private static int nested(CanonicalReader reader, int start, int depth) {
        if (depth == DEPTH_MAX) {
            throw reader.malformed(start, "nested deeper than " + DEPTH_MAX);
        }
        return depth + 1;
    }

    private static Bytes string(CanonicalReader reader) {
        var length = reader.string();
        return Bytes.copyOf(reader.lend(), reader.position() - length, length);
    }

    private static List<Value> items(CanonicalReader reader, int depth) {
        var count = reader.items();
        var items = new ArrayList<Value>(count);
        for (var i = 0; i < count; i++) {
            items.add(read(reader, depth));
        }
        return items;
    }

    private static SortedMap<Bytes, Value> fields(CanonicalReader reader, int depth) {
        var count = reader.fields();
        var fields = new TreeMap<Bytes, Value>();
        Bytes last = null;
        for (var i = 0; i < count; i++) {
            var start = reader.position();
            var name = string(reader);
            if (last != null && last.compareTo(name) >= 0) {
                throw reader.malformed(start, last.equals(name) ? "a name given twice" : "names out of order");
            }
            fields.put(name, read(reader, depth));
            last = name;
        }
        return fields;
    }
}
