package io.perilune.scripting;

import static java.util.Collections.unmodifiableSortedMap;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a script takes, stores and gives back, with nothing of Lua's machinery in it: the one vocabulary that the HTTP
 * API, the engine and scripts share. Immutable. Its bytes are {@link ValueCodec}'s: equal values have equal bytes.
 */
public sealed interface Value {
    /** JSON's null. In Lua it is {@code json.null} inside a table, and {@code nil} as a whole argument or result. */
    record Null() implements Value {}

    record Bool(boolean value) implements Value {}

    /** A finite double; minus zero is zero. */
    record Num(double value) implements Value {
        public Num {
            if (!Double.isFinite(value)) {
                throw new IllegalArgumentException("a value must be finite, got " + value);
            }
            value = value + 0.0;
        }
    }

    record Str(Bytes value) implements Value {}

    record Arr(List<Value> items) implements Value {
        public Arr {
            items = List.copyOf(items);
        }
    }

    /** Fields in the order of their names' bytes. */
    record Obj(SortedMap<Bytes, Value> fields) implements Value {
        public Obj {
            fields = unmodifiableSortedMap(new TreeMap<>(fields));
        }
    }

    Value NULL = new Null();
}
