package io.perilune.scripting.lib;

import io.perilune.scripting.ValueCodec;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Meter;
import io.perilune.scripting.vm.Numbers;
import io.perilune.scripting.vm.Strings;
import io.perilune.scripting.vm.Table;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaBoolean;
import org.luaj.vm2.LuaNumber;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;

/**
 * Goes through a Lua value that should be data: nil, booleans, finite numbers, strings, and tables of these that are
 * arrays 1..n or have string keys. What is not is an error that says where. Raw: metatables are not looked at. Used
 * once, by one thread.
 */
final class LuaWalk {
    /** What is told of each part, in order; fields come in the order of their names' bytes. */
    interface Visitor {
        void nothing();

        void bool(boolean value);

        /** @param value finite */
        void number(double value);

        void string(LuaString value);

        void array(int items);

        void endArray();

        void object(int fields);

        void name(LuaString name);

        void endObject();
    }

    private final Meter meter;
    private final String root;
    private final String purpose;
    private final LuaValue[] path = new LuaValue[ValueCodec.DEPTH_MAX];
    private final Table[] tables = new Table[ValueCodec.DEPTH_MAX];
    private int depth;

    /**
     * @param root what error messages call the whole
     * @param purpose as in {@code a function cannot be stored}
     */
    LuaWalk(Meter meter, String root, String purpose) {
        this.meter = meter;
        this.root = root;
        this.purpose = purpose;
    }

    void walk(LuaValue value, Visitor visitor) {
        if (value instanceof LuaNumber number) {
            visitor.number(finite(number.todouble()));
        } else if (value instanceof LuaString text) {
            meter.work(text.m_length);
            visitor.string(text);
        } else if (value instanceof LuaBoolean) {
            visitor.bool(value.toboolean());
        } else if (value instanceof Table table) {
            table(table, visitor);
        } else if (value == Json.NULL || value == LuaValue.NIL && depth == 0) {
            visitor.nothing();
        } else {
            throw failure((value == LuaValue.NIL ? "nil" : "a " + value.typename()) + " cannot " + purpose);
        }
    }

    private double finite(double value) {
        if (Double.isFinite(value)) {
            return value;
        }
        throw failure((Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf") + " cannot " + purpose);
    }

    private void table(Table table, Visitor visitor) {
        if (depth == tables.length) {
            throw tooDeep();
        }
        meter.gas(1);
        tables[depth] = table;
        if (table.length() > 0) {
            items(table, visitor);
        } else {
            var names = table.otherKeys();
            if (names.length == 0 && table.isMarkedArray()) {
                visitor.array(0);
                visitor.endArray();
            } else {
                fields(table, ordered(names), visitor);
            }
        }
    }

    private void items(Table table, Visitor visitor) {
        var others = table.otherKeys();
        if (others.length > 0) {
            throw failure("a table with " + shown(others[0]) + " as a key besides 1.." + table.length() + " cannot "
                    + purpose);
        }
        var count = table.length();
        meter.gas(count);
        visitor.array(count);
        for (var i = 1; i <= count; i++) {
            var item = table.get(i);
            path[depth++] = LuaValue.valueOf(i);
            if (item == LuaValue.NIL) {
                throw failure("an array with a hole cannot " + purpose);
            }
            walk(item, visitor);
            depth--;
        }
        visitor.endArray();
    }

    private void fields(Table table, LuaString[] names, Visitor visitor) {
        visitor.object(names.length);
        for (var name : names) {
            visitor.name(name);
            path[depth++] = name;
            walk(table.get(name), visitor);
            depth--;
        }
        visitor.endObject();
    }

    private LuaString[] ordered(LuaValue[] keys) {
        var names = new LuaString[keys.length];
        for (var i = 0; i < keys.length; i++) {
            if (!(keys[i] instanceof LuaString name)) {
                throw failure("a table with " + shown(keys[i]) + " as a key cannot " + purpose);
            }
            names[i] = name;
            meter.work(name.m_length);
        }
        meter.gas((long) names.length * (32 - Integer.numberOfLeadingZeros(names.length)));
        Arrays.sort(names, Strings::compare);
        return names;
    }

    private static String shown(LuaValue key) {
        if (key instanceof LuaNumber number) {
            return "the number " + Numbers.text(number).tojstring();
        }
        return key instanceof LuaString text ? "the string '" + Strings.text(text) + "'" : "a " + key.typename();
    }

    private LuaFailure tooDeep() {
        var cycle = cycle();
        return cycle != null ? cycle : failure("a table nested deeper than " + tables.length + " cannot " + purpose);
    }

    /**
     * The failure of a walk that was going round in a circle, or null if it was not. For whoever ends a walk early: what
     * never ends is too long as well as too deep.
     */
    @Nullable
    LuaFailure cycle() {
        for (var inner = 1; inner < depth; inner++) {
            for (var outer = 0; outer < inner; outer++) {
                if (tables[inner] == tables[outer]) {
                    depth = inner;
                    return failure("a table that contains itself cannot " + purpose);
                }
            }
        }
        return null;
    }

    private LuaFailure failure(String fault) {
        return LuaFailure.at(place() + ": " + fault);
    }

    /** {@code value.x[3]}, cut in the middle where it is long. */
    private String place() {
        var place = new StringBuilder(root);
        for (var i = 0; i < depth; i++) {
            if (i == 8 && depth > 12) {
                place.append("...");
                i = depth - 2;
            }
            step(place, path[i]);
        }
        return place.toString();
    }

    private static void step(StringBuilder place, LuaValue key) {
        if (!(key instanceof LuaString name)) {
            place.append('[').append(key.tojstring()).append(']');
        } else if (isIdentifier(name)) {
            place.append('.').append(Strings.text(name));
        } else {
            var text = Strings.text(name);
            place.append("[\"")
                    .append(text.length() > 40 ? text.substring(0, 40) + "..." : text)
                    .append("\"]");
        }
    }

    private static boolean isIdentifier(LuaString name) {
        if (name.m_length == 0 || name.m_length > 40 || CharClass.isDigit(name.m_bytes[name.m_offset])) {
            return false;
        }
        for (var i = 0; i < name.m_length; i++) {
            var c = name.m_bytes[name.m_offset + i];
            if (c != '_' && !CharClass.isAlphanumeric(c)) {
                return false;
            }
        }
        return true;
    }
}
