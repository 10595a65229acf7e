package io.perilune.scripting.lib;

import io.perilune.scripting.vm.Builtin;
import io.perilune.scripting.vm.Compiler;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Meter;
import io.perilune.scripting.vm.StandardLibrary;
import io.perilune.scripting.vm.Strings;
import io.perilune.scripting.vm.Table;
import java.nio.charset.StandardCharsets;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;

/** Runs a chunk with the libraries under test and keeps what it prints. */
public final class LuaRun {
    static final long TIME = 1_795_307_714_387L;

    private final StringBuilder printed = new StringBuilder();
    private final Meter meter;
    private final Interpreter lua;

    LuaRun(Meter meter) {
        this.meter = meter;
        lua = Interpreter.trusted(meter);
        var random = new SeededRandom(42);
        StandardLibrary.install(
                lua.globals(), (name, table) -> lua.globals().set(name, table), running -> random, running -> TIME);
        lua.globals().set("print", Builtin.of("print", (interpreter, args) -> {
            for (var i = 1; i <= args.narg(); i++) {
                printed.append(i > 1 ? "\t" : "").append(latin1(interpreter.toText(args.arg(i))));
            }
            printed.append('\n');
            return LuaValue.NONE;
        }));
        var io = new Table(Meter.unlimited());
        io.set("write", Builtin.of("io.write", (interpreter, args) -> {
            for (var i = 1; i <= args.narg(); i++) {
                printed.append(latin1(interpreter.toText(args.arg(i))));
            }
            return LuaValue.NONE;
        }));
        lua.globals().set("io", io);
        var metatable = new Table(Meter.unlimited());
        metatable.set("__index", lua.globals().get("string"));
        lua.stringMetatable(metatable);
    }

    public static String printed(String source, String name) {
        var run = new LuaRun(Meter.unlimited());
        run.run(source, name);
        return run.printed.toString();
    }

    /** @param source bytes as ISO 8859-1 */
    LuaValue run(String source) {
        return run(source, "=test");
    }

    private LuaValue run(String source, String name) {
        var text = Strings.owned(source.getBytes(StandardCharsets.ISO_8859_1));
        var chunk = Compiler.compile(meter, text, Strings.utf8(name), "t");
        return lua.call(lua.closure(chunk, lua.globals()), LuaValue.NONE).arg1();
    }

    Interpreter lua() {
        return lua;
    }

    /** What the expressions are, as {@code tostring} shows them, between spaces; or the error. */
    static String shown(String expressions) {
        try {
            return printed("print(" + expressions + ")", "=test").strip().replace('\t', ' ');
        } catch (LuaFailure failure) {
            return failure.getMessage();
        }
    }

    static String latin1(LuaString text) {
        return new String(text.m_bytes, text.m_offset, text.m_length, StandardCharsets.ISO_8859_1);
    }
}
