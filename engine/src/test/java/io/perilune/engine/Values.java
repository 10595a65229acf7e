package io.perilune.engine;

import io.perilune.scripting.Bytes;
import io.perilune.scripting.Value;
import io.perilune.scripting.ValueCodec;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Values from Java's own. */
public final class Values {
    private Values() {}

    /** @param what null, or a Boolean, Number, String, List or Map of them */
    public static Bytes of(Object what) {
        return ValueCodec.encode(value(what));
    }

    private static Value value(Object what) {
        if (what == null) {
            return Value.NULL;
        } else if (what instanceof Boolean bool) {
            return new Value.Bool(bool);
        } else if (what instanceof Number number) {
            return new Value.Num(number.doubleValue());
        } else if (what instanceof String text) {
            return new Value.Str(Bytes.utf8(text));
        } else if (what instanceof List<?> list) {
            return new Value.Arr(list.stream().map(Values::value).toList());
        }
        var fields = new TreeMap<Bytes, Value>();
        ((Map<?, ?>) what).forEach((name, field) -> fields.put(Bytes.utf8((String) name), value(field)));
        return new Value.Obj(fields);
    }
}
