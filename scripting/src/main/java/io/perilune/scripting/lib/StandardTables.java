package io.perilune.scripting.lib;

import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.Table;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** All library tables at once, by the names of their globals. They hold no state, so calls may share their contents. */
public final class StandardTables {
    private StandardTables() {}

    /**
     * @param random of the running call
     * @param timeMillis of the running call, since the epoch
     */
    public static void forEach(
            BiConsumer<String, Table> globals,
            Function<Interpreter, SeededRandom> random,
            ToLongFunction<Interpreter> timeMillis) {
        globals.accept("string", StringLibrary.table());
        globals.accept("table", TableLibrary.table());
        globals.accept("math", MathLibrary.table(random));
        globals.accept("bit32", Bit32Library.table());
        globals.accept("os", OsLibrary.table(timeMillis));
        globals.accept("utf8", Utf8Library.table());
        globals.accept("json", Json.table());
        globals.accept("crypto", CryptoLibrary.table());
        globals.accept("base64", CryptoLibrary.base64());
    }
}
