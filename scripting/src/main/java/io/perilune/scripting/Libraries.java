package io.perilune.scripting;

import io.perilune.scripting.lib.SeededRandom;
import io.perilune.scripting.vm.Builtin;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.StandardLibrary;
import io.perilune.scripting.vm.Table;
import java.io.PrintStream;
import java.util.Arrays;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;

/** What is in the globals of a fresh Lua. */
final class Libraries {
    private Libraries() {}

    static void installTrusted(Interpreter lua, LuaState.Options options) {
        Table globals = lua.globals();
        globals.set("_G", globals);
        SeededRandom random = new SeededRandom(System.nanoTime());
        StandardLibrary.install(
                globals, (name, library) -> globals.set(name, library), l -> random, l -> System.currentTimeMillis());
        Table strings = new Table(lua.meter());
        strings.set("__index", globals.get("string"));
        lua.stringMetatable(strings);
        globals.set("print", print(options.output()));
        new LocalFiles(lua, options).install(globals);
        new LocalLibraries(lua, options).install();
    }

    private static Builtin print(PrintStream output) {
        return Builtin.of("print", (lua, args) -> {
            for (int i = 1; i <= args.narg(); i++) {
                if (i > 1) {
                    output.write('\t');
                }
                LuaString text = lua.toText(args.arg(i), " to 'print'");
                output.write(text.m_bytes, text.m_offset, text.m_length);
            }
            output.write('\n');
            output.flush();
            return LuaValue.NONE;
        });
    }

    /** A first line that begins with # becomes empty, so that lines keep their numbers. */
    static byte[] withoutShebang(byte[] source) {
        if (source.length == 0 || source[0] != '#') {
            return source;
        }
        int end = 0;
        while (end < source.length && source[end] != '\n') {
            end++;
        }
        return Arrays.copyOfRange(source, end, source.length);
    }
}
