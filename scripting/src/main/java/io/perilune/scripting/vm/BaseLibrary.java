package io.perilune.scripting.vm;

import static org.luaj.vm2.LuaValue.NIL;
import static org.luaj.vm2.LuaValue.NONE;
import static org.luaj.vm2.LuaValue.varargsOf;

import org.luaj.vm2.LuaBoolean;
import org.luaj.vm2.LuaFunction;
import org.luaj.vm2.LuaInteger;
import org.luaj.vm2.LuaNumber;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/** The functions of the language itself: {@code pairs}, {@code pcall}, {@code load} and the like. */
final class BaseLibrary {
    static final Builtin NEXT = Builtin.of("next", BaseLibrary::next);
    static final Builtin IPAIRS_STEP = Builtin.of("ipairs_step", BaseLibrary::ipairsStep);

    private static final LuaString COUNT = LuaString.valueOf("#");
    private static final int LOAD_PIECES_MAX = 1 << 20;

    private BaseLibrary() {}

    /** Adds what every Lua has; {@code print} and {@code require} depend on where it runs. */
    static void install(Table globals) {
        globals.set("_VERSION", LuaString.valueOf("Lua 5.2"));
        add(globals, NEXT);
        add(globals, new Control("pcall", Control.Kind.PCALL, null));
        add(globals, new Control("xpcall", Control.Kind.XPCALL, null));
        add(globals, new Control("pairs", Control.Kind.PAIRS, null));
        add(globals, new Control("ipairs", Control.Kind.IPAIRS, null));
        add(globals, "assert", BaseLibrary::assertion);
        add(globals, "error", BaseLibrary::error);
        add(globals, "getmetatable", BaseLibrary::getmetatable);
        add(globals, "setmetatable", BaseLibrary::setmetatable);
        add(globals, "rawequal", BaseLibrary::rawequal);
        add(globals, "rawget", BaseLibrary::rawget);
        add(globals, "rawset", BaseLibrary::rawset);
        add(globals, "rawlen", BaseLibrary::rawlen);
        add(globals, "select", BaseLibrary::select);
        add(globals, "tonumber", BaseLibrary::tonumber);
        add(globals, "tostring", (lua, args) -> lua.toStringValue(Args.any(args, 1)));
        add(globals, "type", (lua, args) -> LuaString.valueOf(Args.any(args, 1).typename()));
        add(globals, "load", BaseLibrary::load);
        add(globals, "loadstring", BaseLibrary::load);
    }

    static void add(Table table, String name, Builtin.Body body) {
        add(table, Builtin.of(name, body));
    }

    private static void add(Table table, Builtin function) {
        table.set(function.name(), function);
    }

    private static Varargs next(Interpreter lua, Varargs args) {
        return Args.table(args, 1).next(args.arg(2));
    }

    private static Varargs ipairsStep(Interpreter lua, Varargs args) {
        if (args.arg1() instanceof Table table && args.arg(2) instanceof LuaInteger before) {
            LuaValue value = table.get(before.v + 1);
            return value == NIL ? NIL : varargsOf(LuaInteger.valueOf(before.v + 1), value);
        }
        long at = Args.integer(lua, args, 2) + 1;
        LuaValue value = Args.table(args, 1).get(Numbers.of(at));
        return value == NIL ? NIL : varargsOf(Numbers.of(at), value);
    }

    private static Varargs assertion(Interpreter lua, Varargs args) {
        if (args.arg1().toboolean()) {
            return args;
        }
        // 5.2 takes only a string for a message, and puts the position before it.
        LuaString message = Args.string(args, 2, LuaString.valueOf("assertion failed!"));
        throw new LuaFailure(message, 1);
    }

    private static Varargs error(Interpreter lua, Varargs args) {
        LuaValue value = args.arg1();
        int level = (int) Args.integer(lua, args, 2, 1);
        String place = level > 0 ? lua.where(level) : null;
        if (value instanceof LuaNumber && level > 0) {
            value = lua.toText(value);
        }
        if (value instanceof LuaString) {
            LuaFailure failure = LuaFailure.raised(value, place);
            failure.prefix(place);
            throw failure;
        }
        throw LuaFailure.raised(value, level > 0 ? place : null);
    }

    private static Varargs getmetatable(Interpreter lua, Varargs args) {
        Table metatable = lua.metatable(Args.any(args, 1));
        if (metatable == null) {
            return NIL;
        }
        LuaValue shown = Metamethod.METATABLE.of(metatable);
        return shown == null ? metatable : shown;
    }

    private static Varargs setmetatable(Interpreter lua, Varargs args) {
        Table table = Args.table(args, 1);
        LuaValue metatable = args.arg(2);
        if (!(metatable instanceof Table) && (metatable != NIL || args.narg() < 2)) {
            throw new ArgumentFailure(2, "nil or table expected");
        }
        if (Metamethod.METATABLE.of(table.metatable()) != null) {
            throw LuaFailure.at("cannot change a protected metatable");
        }
        if (metatable instanceof Table given && !lua.isTrusted() && Metamethod.MODE.of(given) != null) {
            throw LuaFailure.at("__mode cannot be used in a machine: what a weak table holds would depend on the JVM");
        }
        table.metatable(metatable instanceof Table given ? given : null);
        return table;
    }

    private static Varargs rawequal(Interpreter lua, Varargs args) {
        return LuaBoolean.valueOf(lua.isRawEqual(Args.any(args, 1), Args.any(args, 2)));
    }

    private static Varargs rawget(Interpreter lua, Varargs args) {
        Table table = Args.table(args, 1);
        return table.get(Args.any(args, 2));
    }

    private static Varargs rawset(Interpreter lua, Varargs args) {
        Table table = Args.table(args, 1);
        Args.any(args, 2);
        Args.any(args, 3);
        table.set(args.arg(2), args.arg(3));
        return table;
    }

    private static Varargs rawlen(Interpreter lua, Varargs args) {
        if (args.arg1() instanceof LuaString text) {
            return LuaInteger.valueOf(text.m_length);
        }
        if (args.arg1() instanceof Table table) {
            return LuaInteger.valueOf(table.length());
        }
        throw new ArgumentFailure(1, "table or string expected");
    }

    private static Varargs select(Interpreter lua, Varargs args) {
        int others = args.narg() - 1;
        if (args.arg1() instanceof LuaString text && lua.isRawEqual(text, COUNT)) {
            return LuaInteger.valueOf(others);
        }
        long from = Args.integer(lua, args, 1);
        if (from < 0) {
            from = others + from + 1;
        }
        if (from < 1) {
            throw new ArgumentFailure(1, "index out of range");
        }
        lua.meter().gas(Math.max(0, others - from) / 8);
        return from > others ? NONE : args.subargs((int) from + 1);
    }

    private static Varargs tonumber(Interpreter lua, Varargs args) {
        if (Args.isAbsent(args, 2)) {
            LuaNumber number = Numbers.coerce(lua.meter(), Args.any(args, 1));
            return number == null ? NIL : number;
        }
        LuaString text = Args.string(args, 1);
        long base = Args.integer(lua, args, 2);
        if (base < 2 || base > 36) {
            throw new ArgumentFailure(2, "base out of range");
        }
        lua.meter().work(text.m_length);
        return digits(Strings.text(text).strip(), (int) base);
    }

    private static LuaValue digits(String text, int base) {
        boolean minus = text.startsWith("-");
        String digits = minus ? text.substring(1) : text;
        if (digits.isEmpty()) {
            return NIL;
        }
        double value = 0;
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            int digit = c < 128 ? Character.digit(c, base) : -1;
            if (digit < 0) {
                return NIL;
            }
            value = value * base + digit;
        }
        return Numbers.of(minus ? -value : value);
    }

    private static Varargs load(Interpreter lua, Varargs args) {
        LuaValue source = args.arg1();
        LuaString text = source.isstring() ? Args.string(args, 1) : null;
        String mode = Strings.text(Args.string(args, 3, LuaString.valueOf("bt")));
        LuaString name = Args.string(args, 2, text == null ? LuaString.valueOf("=(load)") : text);
        try {
            if (text == null) {
                text = pieces(lua, Args.function(args, 1));
            }
            Code code = Compiler.compile(lua.meter(), text, name, mode);
            LuaValue environment = args.narg() >= 4 ? args.arg(4) : lua.globals();
            return lua.closure(code, environment);
        } catch (ArgumentFailure bad) {
            throw bad;
        } catch (LuaFailure invalid) {
            return varargsOf(NIL, invalid.value());
        }
    }

    private static LuaString pieces(Interpreter lua, LuaFunction reader) {
        var whole = new java.io.ByteArrayOutputStream();
        for (int i = 0; i < LOAD_PIECES_MAX; i++) {
            LuaValue returned = lua.call(reader, NONE).arg1();
            LuaValue piece = returned instanceof LuaNumber number ? Numbers.text(number) : returned;
            if (piece == NIL || piece instanceof LuaString end && end.m_length == 0) {
                return lua.newString(whole.toByteArray());
            }
            if (!(piece instanceof LuaString part)) {
                String where = lua.where(1);
                throw LuaFailure.plain((where == null ? "" : where + ": ") + "reader function must return a string");
            }
            if (whole.size() + part.m_length > Compiler.SOURCE_BYTES_MAX) {
                throw LuaFailure.plain("chunk is larger than " + Compiler.SOURCE_BYTES_MAX + " bytes");
            }
            lua.meter().work(part.m_length);
            whole.write(part.m_bytes, part.m_offset, part.m_length);
        }
        throw LuaFailure.plain("chunk has too many pieces");
    }
}
