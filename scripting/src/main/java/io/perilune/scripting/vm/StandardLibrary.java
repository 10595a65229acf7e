package io.perilune.scripting.vm;

/** The part of the library that the interpreter brings itself. */
public final class StandardLibrary {
    private StandardLibrary() {}

    public static void install(Interpreter lua) {
        Table globals = lua.globals();
        BaseLibrary.install(globals);
        Table coroutines = lua.newTable();
        CoroutineLibrary.install(coroutines);
        globals.set("coroutine", coroutines);
    }
}
