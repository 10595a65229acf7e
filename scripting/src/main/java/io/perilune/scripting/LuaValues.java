package io.perilune.scripting;

import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Numbers;
import io.perilune.scripting.vm.Strings;
import io.perilune.scripting.vm.Table;
import io.perilune.scripting.vm.UserData;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.luaj.vm2.LuaBoolean;
import org.luaj.vm2.LuaInteger;
import org.luaj.vm2.LuaNumber;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/** Lua values to canonical bytes and back. */
final class LuaValues {
    static final LuaValue NULL = new UserData("null", null);
    private static final int DEPTH_MAX = 100;

    private LuaValues() {}

    static LuaValue toLua(Interpreter lua, Bytes encoded) {
        lua.meter().work(encoded.size());
        lua.meter().memory(2L * encoded.size());
        return ofValue(lua, ValueCodec.decode(encoded));
    }

    private static LuaValue ofValue(Interpreter lua, Value value) {
        if (value instanceof Value.Null) {
            return NULL;
        } else if (value instanceof Value.Bool truth) {
            return LuaBoolean.valueOf(truth.value());
        } else if (value instanceof Value.Num number) {
            return Numbers.of(number.value());
        } else if (value instanceof Value.Str text) {
            return Strings.of(text.value());
        } else if (value instanceof Value.Arr list) {
            Table table = lua.newTable(list.items().size(), 0).markArray();
            for (int i = 0; i < list.items().size(); i++) {
                table.set(i + 1, ofValue(lua, list.items().get(i)));
            }
            return table;
        }
        var fields = ((Value.Obj) value).fields();
        Table table = lua.newTable(0, fields.size());
        fields.forEach((name, field) -> table.set(Strings.of(name), ofValue(lua, field)));
        return table;
    }

    /** @param what names the whole value in messages: {@code "result"} */
    static Bytes toBytes(Interpreter lua, LuaValue value, String what) {
        Value tree = toValue(lua, value, what, 0);
        return ValueCodec.encode(tree);
    }

    private static Value toValue(Interpreter lua, LuaValue value, String path, int depth) {
        lua.meter().gas(1);
        if (value == LuaValue.NIL || value == NULL) {
            return Value.NULL;
        }
        if (value instanceof LuaBoolean truth) {
            return new Value.Bool(truth.v);
        }
        if (value instanceof LuaNumber number) {
            double d = number.todouble();
            if (!Double.isFinite(d)) {
                throw LuaFailure.at(path + " is " + Strings.text(Numbers.text(number)) + ", which is not a value");
            }
            return new Value.Num(d);
        }
        if (value instanceof LuaString text) {
            lua.meter().work(text.m_length);
            return new Value.Str(Strings.bytes(text));
        }
        if (value instanceof Table table) {
            if (depth >= DEPTH_MAX) {
                throw LuaFailure.at(path.substring(0, Math.min(path.length(), 60)) + "... is nested more than "
                        + DEPTH_MAX + " deep, or contains itself");
            }
            return toValue(lua, table, path, depth + 1);
        }
        throw LuaFailure.at(path + " is a " + value.typename() + ", which is not a value");
    }

    private static Value toValue(Interpreter lua, Table table, String path, int depth) {
        if (table.length() > 0 || table.isMarkedArray() && table.isEmpty()) {
            List<Value> items = new ArrayList<>();
            for (int i = 1; i <= table.length(); i++) {
                items.add(toValue(lua, table.get(i), path + "[" + i + "]", depth));
            }
            if (table.size() != table.length()) {
                throw LuaFailure.at(path + " has both a list and other keys, or gaps");
            }
            return new Value.Arr(items);
        }
        SortedMap<Bytes, Value> fields = new TreeMap<>();
        Varargs entry = table.next(LuaValue.NIL);
        while (!entry.arg1().isnil()) {
            if (!(entry.arg1() instanceof LuaString name)) {
                String key = entry.arg1() instanceof LuaInteger
                        ? entry.arg1().tojstring()
                        : entry.arg1().typename();
                throw LuaFailure.at(path + " has the key " + key + ", which is neither a string nor in 1..n");
            }
            fields.put(Strings.bytes(name), toValue(lua, entry.arg(2), path + "." + Strings.text(name), depth));
            entry = table.next(name);
        }
        return new Value.Obj(fields);
    }
}
