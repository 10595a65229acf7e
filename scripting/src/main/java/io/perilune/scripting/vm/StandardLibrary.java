package io.perilune.scripting.vm;

import java.util.function.BiConsumer;
import org.luaj.vm2.LuaValue;

/** The part of the library that the interpreter brings itself. */
public final class StandardLibrary {
    private StandardLibrary() {}

    /** For one interpreter. */
    public static void install(Interpreter lua) {
        installShared(lua.globals(), (name, library) -> lua.globals().set(name, library));
    }

    /** Functions into {@code globals}; tables of functions to {@code libraries}. */
    public static void installShared(Table globals, BiConsumer<String, Table> libraries) {
        BaseLibrary.install(globals);
        Table coroutines = new Table(Meter.unlimited());
        CoroutineLibrary.install(coroutines);
        libraries.accept("coroutine", coroutines);
        // Replaced by the library's own.
        Table strings = new Table(Meter.unlimited());
        libraries.accept("string", strings);
        globals.set("unpack", Builtin.of("unpack", BaseLibrary::unpack));
        globals.set("_VERSION", LuaValue.valueOf("Lua 5.2"));
    }
}
