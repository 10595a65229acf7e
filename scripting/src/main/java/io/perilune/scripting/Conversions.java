package io.perilune.scripting;

import io.perilune.scripting.vm.Builtin;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.Numbers;
import io.perilune.scripting.vm.Strings;
import io.perilune.scripting.vm.Table;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaBoolean;
import org.luaj.vm2.LuaValue;

/** Java's values as Lua's, for those who embed Lua. */
final class Conversions {
    private Conversions() {}

    static LuaValue toLua(Interpreter lua, @Nullable Object value) {
        if (value == null) {
            return LuaValue.NIL;
        }
        if (value instanceof LuaRef ref) {
            return ref.value();
        }
        if (value instanceof String text) {
            return Strings.utf8(text);
        }
        if (value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return Numbers.of(((Number) value).longValue());
        }
        if (value instanceof Number number) {
            return Numbers.of(number.doubleValue());
        }
        if (value instanceof Boolean truth) {
            return LuaBoolean.valueOf(truth);
        }
        if (value instanceof Bytes bytes) {
            return Strings.of(bytes);
        }
        if (value instanceof byte[] bytes) {
            return Strings.owned(bytes.clone());
        }
        return composite(lua, value);
    }

    private static LuaValue composite(Interpreter lua, Object value) {
        if (value instanceof List<?> list) {
            Table table = lua.newTable(list.size(), 0);
            for (int i = 0; i < list.size(); i++) {
                table.set(i + 1, toLua(lua, list.get(i)));
            }
            return table;
        }
        if (value instanceof Map<?, ?> map) {
            Table table = lua.newTable(0, map.size());
            map.forEach((key, item) -> table.set(toLua(lua, key), toLua(lua, item)));
            return table;
        }
        if (value instanceof HostFunction function) {
            return function("?", function);
        }
        throw new IllegalArgumentException(
                "no Lua value for a " + value.getClass().getName());
    }

    static Builtin function(String name, HostFunction function) {
        return Builtin.of(name, (lua, args) -> {
            var call = new HostCall(lua, args);
            function.call(call);
            return call.results();
        });
    }
}
