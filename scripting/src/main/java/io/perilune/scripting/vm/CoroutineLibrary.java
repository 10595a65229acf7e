package io.perilune.scripting.vm;

import static org.luaj.vm2.LuaValue.varargsOf;

import org.luaj.vm2.LuaBoolean;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/** The table {@code coroutine}. */
final class CoroutineLibrary {
    private CoroutineLibrary() {}

    static void install(Table table) {
        add(table, "create", CoroutineLibrary::create);
        table.set("resume", new Control("coroutine.resume", Control.Kind.RESUME, null));
        table.set("yield", new Control("coroutine.yield", Control.Kind.YIELD, null));
        add(table, "wrap", CoroutineLibrary::wrap);
        add(table, "status", CoroutineLibrary::status);
        add(table, "running", CoroutineLibrary::running);
    }

    private static void add(Table table, String name, Builtin.Body body) {
        table.set(name, Builtin.of("coroutine." + name, body));
    }

    private static Varargs create(Interpreter lua, Varargs args) {
        return new Coroutine(lua.meter(), Args.function(args, 1));
    }

    private static Varargs wrap(Interpreter lua, Varargs args) {
        var coroutine = new Coroutine(lua.meter(), Args.function(args, 1));
        return new Control("wrap", Control.Kind.WRAPPED, coroutine);
    }

    private static Varargs status(Interpreter lua, Varargs args) {
        return LuaString.valueOf(coroutine(args).status.text);
    }

    private static Varargs running(Interpreter lua, Varargs args) {
        return varargsOf(lua.running(), LuaBoolean.valueOf(lua.isMainRunning()));
    }

    private static Coroutine coroutine(Varargs args) {
        LuaValue value = args.arg1();
        if (value instanceof Coroutine coroutine) {
            return coroutine;
        }
        throw new ArgumentFailure(1, "coroutine expected");
    }
}
