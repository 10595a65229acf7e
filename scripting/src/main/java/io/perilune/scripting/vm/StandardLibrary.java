package io.perilune.scripting.vm;

import io.perilune.scripting.lib.SeededRandom;
import io.perilune.scripting.lib.StandardTables;
import io.perilune.scripting.lib.TableLibrary;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** What is in the globals of every Lua, whether it is trusted or not. */
public final class StandardLibrary {
    private StandardLibrary() {}

    /**
     * @param globals take the functions of the language
     * @param libraries take the tables of functions; they hold no state and may be shared
     * @param random of the running call
     * @param timeMillis of the running call, since the epoch
     */
    public static void install(
            Table globals,
            BiConsumer<String, Table> libraries,
            Function<Interpreter, SeededRandom> random,
            ToLongFunction<Interpreter> timeMillis) {
        BaseLibrary.install(globals);
        globals.set("unpack", TableLibrary.UNPACK);
        Table coroutines = new Table(Meter.unlimited());
        CoroutineLibrary.install(coroutines);
        libraries.accept("coroutine", coroutines);
        StandardTables.forEach(libraries, random, timeMillis);
    }
}
