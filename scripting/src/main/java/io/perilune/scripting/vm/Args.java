package io.perilune.scripting.vm;

import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaFunction;
import org.luaj.vm2.LuaInteger;
import org.luaj.vm2.LuaNumber;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/**
 * How library functions read their arguments: what Lua's {@code luaL_check...} and {@code luaL_opt...} do, with the
 * same conversions and messages. Positions count from 1.
 */
public final class Args {
    private Args() {}

    /** The argument, which may be nil but must be there. */
    public static LuaValue any(Varargs args, int position) {
        if (position > args.narg()) {
            throw new ArgumentFailure(position, "value expected");
        }
        return args.arg(position);
    }

    /** A string, or a number, which is turned into its text. */
    public static LuaString string(Varargs args, int position) {
        LuaValue value = args.arg(position);
        if (value instanceof LuaString string) {
            return string;
        }
        if (value instanceof LuaNumber number) {
            return Numbers.text(number);
        }
        throw expected("string", args, position);
    }

    public static LuaString string(Varargs args, int position, LuaString absent) {
        return isAbsent(args, position) ? absent : string(args, position);
    }

    /** A number, or a string that reads as one, which is charged for. */
    public static double number(Interpreter lua, Varargs args, int position) {
        LuaValue value = args.arg(position);
        if (value instanceof LuaInteger whole) {
            return whole.v;
        }
        LuaNumber number = Numbers.coerce(lua.meter(), value);
        if (number == null) {
            throw expected("number", args, position);
        }
        return number.todouble();
    }

    public static double number(Interpreter lua, Varargs args, int position, double absent) {
        return isAbsent(args, position) ? absent : number(lua, args, position);
    }

    /** A number cut to a whole one, as 5.2 does; what is out of range becomes the nearest end of it, NaN zero. */
    public static long integer(Interpreter lua, Varargs args, int position) {
        return (long) number(lua, args, position);
    }

    public static long integer(Interpreter lua, Varargs args, int position, long absent) {
        return isAbsent(args, position) ? absent : integer(lua, args, position);
    }

    public static Table table(Varargs args, int position) {
        if (args.arg(position) instanceof Table table) {
            return table;
        }
        throw expected("table", args, position);
    }

    public static @Nullable Table tableOrNull(Varargs args, int position) {
        return isAbsent(args, position) ? null : table(args, position);
    }

    public static LuaFunction function(Varargs args, int position) {
        if (args.arg(position) instanceof LuaFunction function) {
            return function;
        }
        throw expected("function", args, position);
    }

    /** True of everything but nil and false. */
    public static boolean truth(Varargs args, int position) {
        return args.arg(position).toboolean();
    }

    public static boolean isAbsent(Varargs args, int position) {
        return args.arg(position).isnil();
    }

    /** The error of an argument that has another type than {@code wanted}. */
    public static ArgumentFailure expected(String wanted, Varargs args, int position) {
        String got = position > args.narg() ? "no value" : args.arg(position).typename();
        return new ArgumentFailure(position, wanted + " expected, got " + got);
    }
}
