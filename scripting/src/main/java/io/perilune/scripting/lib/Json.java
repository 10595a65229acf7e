package io.perilune.scripting.lib;

import io.perilune.scripting.vm.Args;
import io.perilune.scripting.vm.ArgumentFailure;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Strings;
import io.perilune.scripting.vm.Table;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/**
 * {@code json}: {@code encode}, {@code decode}, {@code null} and {@code array}. Fields are written in the order of
 * their names' bytes, so a value has one text.
 */
public final class Json {
    /** JSON's null as a Lua value: it can stand in a table, where nil cannot. Prints {@code null}. */
    public static final LuaValue NULL = new Null();

    /** The field that a string of bytes which are not UTF-8 becomes an object of: {@code {"$base64": "..."}}. */
    static final LuaString BASE64_FIELD = Strings.utf8("$base64");

    private Json() {}

    public static Table table() {
        return new Library("json")
                .with("null", NULL)
                .with("array", Json::array)
                .with("encode", (lua, args) -> encode(lua, Args.any(args, 1)))
                .with("decode", (lua, args) -> decode(lua, Args.string(args, 1)))
                .table();
    }

    private static Varargs array(Interpreter lua, Varargs args) {
        if (Args.isAbsent(args, 1)) {
            return lua.newTable().markArray();
        }
        var table = Args.table(args, 1);
        if (table.otherKeys().length > 0) {
            throw new ArgumentFailure(1, "an array has the keys 1..n only");
        }
        return table.markArray();
    }

    /** @throws LuaFailure naming what has no JSON and where it is */
    public static LuaString encode(Interpreter lua, LuaValue value) {
        var writer = new JsonWriter(lua.meter());
        new LuaWalk(lua.meter(), "value", "be written as JSON").walk(value, writer);
        return writer.text();
    }

    /** @throws LuaFailure naming the fault and the byte it is at */
    public static LuaValue decode(Interpreter lua, LuaString text) {
        return new JsonReader(lua, text).whole();
    }

    private static final class Null extends LuaValue {
        @Override
        public int type() {
            return TLIGHTUSERDATA;
        }

        @Override
        public String typename() {
            return "userdata";
        }

        @Override
        public String tojstring() {
            return "null";
        }
    }
}
