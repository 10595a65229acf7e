package io.perilune.scripting;

import static org.luaj.vm2.LuaValue.NIL;
import static org.luaj.vm2.LuaValue.NONE;
import static org.luaj.vm2.LuaValue.varargsOf;

import io.perilune.scripting.vm.Args;
import io.perilune.scripting.vm.ArgumentFailure;
import io.perilune.scripting.vm.Builtin;
import io.perilune.scripting.vm.Code;
import io.perilune.scripting.vm.Compiler;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Numbers;
import io.perilune.scripting.vm.Strings;
import io.perilune.scripting.vm.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/**
 * What only a trusted script has: the process' clock and environment, modules and chunks from files, and {@code
 * debug.traceback}. Files themselves are {@link LocalFiles}.
 */
final class LocalLibraries {
    private static final double NANOS = 1e9;
    private static final LuaString LOADED = LuaString.valueOf("loaded");
    private static final LuaString PRELOAD = LuaString.valueOf("preload");
    private static final LuaString PATH = LuaString.valueOf("path");

    private final Interpreter lua;
    private final Path directory;
    private final Table packages;
    private final long start = System.nanoTime();

    LocalLibraries(Interpreter lua, LuaState.Options options) {
        this.lua = lua;
        directory = options.directory();
        packages = lua.newTable();
    }

    void install() {
        Table globals = lua.globals();
        installOs((Table) globals.get("os"));
        ((Table) globals.get("string")).set("dump", Builtin.of("string.dump", LocalLibraries::dump));
        Table debug = lua.newTable();
        debug.set("traceback", Builtin.of("debug.traceback", LocalLibraries::traceback));
        globals.set("debug", debug);
        globals.set("collectgarbage", Builtin.of("collectgarbage", LocalLibraries::collect));
        globals.set("dofile", Builtin.of("dofile", this::dofile));
        globals.set("loadfile", Builtin.of("loadfile", this::loadfile));
        installPackages(globals);
    }

    /** There are no binary chunks: of no function, where Lua dumps those that are not C's. */
    private static Varargs dump(Interpreter lua, Varargs args) {
        Args.function(args, 1);
        throw LuaFailure.at("unable to dump given function");
    }

    // Time and environment.

    private void installOs(Table os) {
        os.set("clock", Builtin.of("os.clock", (l, args) -> Numbers.of((System.nanoTime() - start) / NANOS)));
        os.set("getenv", Builtin.of("os.getenv", (l, args) -> {
            String value = System.getenv(Strings.text(Args.string(args, 1)));
            return value == null ? NIL : Strings.utf8(value);
        }));
        os.set("remove", Builtin.of("os.remove", (l, args) -> {
            String name = Strings.text(Args.string(args, 1));
            try {
                Files.delete(Path.of(name));
                return LuaValue.TRUE;
            } catch (IOException failed) {
                return LocalFiles.failure(name, failed);
            }
        }));
        os.set("rename", Builtin.of("os.rename", (l, args) -> {
            String name = Strings.text(Args.string(args, 1));
            try {
                Files.move(Path.of(name), Path.of(Strings.text(Args.string(args, 2))));
                return LuaValue.TRUE;
            } catch (IOException failed) {
                return LocalFiles.failure(name, failed);
            }
        }));
        os.set("tmpname", Builtin.of("os.tmpname", (l, args) -> {
            try {
                return Strings.utf8(Files.createTempFile("lua", "").toString());
            } catch (IOException failed) {
                throw LuaFailure.at("unable to generate a unique filename");
            }
        }));
        os.set("exit", Builtin.of("os.exit", (l, args) -> {
            LuaValue status = args.arg1();
            if (status == NIL || status == LuaValue.TRUE) {
                throw new LuaState.Exit(0);
            }
            throw new LuaState.Exit(status == LuaValue.FALSE ? 1 : (int) Args.integer(lua, args, 1));
        }));
    }

    // Chunks from files.

    private Code compile(String name, LuaString mode) {
        try {
            byte[] source = Libraries.withoutShebang(Files.readAllBytes(Path.of(name)));
            return Compiler.compile(lua.meter(), Strings.owned(source), Strings.utf8("@" + name), Strings.text(mode));
        } catch (IOException unreadable) {
            throw LuaFailure.plain("cannot open " + name + ": "
                    + (unreadable instanceof NoSuchFileException ? "No such file or directory" : "it cannot be read"));
        }
    }

    private Varargs dofile(Interpreter l, Varargs args) {
        String name = Strings.text(Args.string(args, 1));
        return lua.call(lua.closure(compile(name, LuaString.valueOf("t")), lua.globals()), NONE);
    }

    private Varargs loadfile(Interpreter l, Varargs args) {
        String name = Strings.text(Args.string(args, 1));
        try {
            Code code = compile(name, Args.string(args, 2, LuaString.valueOf("bt")));
            return lua.closure(code, args.narg() >= 3 ? args.arg(3) : lua.globals());
        } catch (ArgumentFailure bad) {
            throw bad;
        } catch (LuaFailure invalid) {
            return varargsOf(NIL, invalid.value());
        }
    }

    // Modules.

    private void installPackages(Table globals) {
        Table loaded = lua.newTable();
        for (String name : new String[] {"string", "table", "math", "bit32", "coroutine", "os", "io", "debug"}) {
            if (globals.get(name) != NIL) {
                loaded.set(name, globals.get(name));
            }
        }
        loaded.set("_G", globals);
        packages.set(LOADED, loaded);
        packages.set(PRELOAD, lua.newTable());
        packages.set(PATH, Strings.utf8(directory + "/?.lua;" + directory + "/?/init.lua"));
        packages.set("config", LuaString.valueOf("/\n;\n?\n!\n-\n"));
        loaded.set("package", packages);
        globals.set("package", packages);
        globals.set("require", Builtin.of("require", this::require));
    }

    private Varargs require(Interpreter l, Varargs args) {
        LuaString name = Args.string(args, 1);
        if (!(packages.get(LOADED) instanceof Table loaded)) {
            throw LuaFailure.at("'package.loaded' must be a table");
        }
        LuaValue before = loaded.get(name);
        if (before.toboolean()) {
            return before;
        }
        LuaValue preload = packages.get(PRELOAD) instanceof Table table ? table.get(name) : NIL;
        LuaValue result =
                preload == NIL ? fromFile(name) : lua.call(preload, name).arg1();
        if (result != NIL) {
            loaded.set(name, result);
        } else if (loaded.get(name) == NIL) {
            loaded.set(name, LuaValue.TRUE);
        }
        return loaded.get(name);
    }

    private LuaValue fromFile(LuaString name) {
        String wanted = Strings.text(name);
        var tried = new StringBuilder("\n\tno field package.preload['" + wanted + "']");
        String path = packages.get(PATH) instanceof LuaString text ? Strings.text(text) : "";
        for (String template : path.split(";")) {
            String file = template.replace("?", wanted.replace('.', '/'));
            if (Files.isRegularFile(Path.of(file))) {
                try {
                    return lua.call(
                                    lua.closure(compile(file, LuaString.valueOf("t")), lua.globals()),
                                    varargsOf(name, Strings.utf8(file)))
                            .arg1();
                } catch (LuaFailure failure) {
                    if (failure.position() != null) {
                        throw failure;
                    }
                    throw LuaFailure.at("error loading module '" + wanted + "' from file '" + file + "':\n\t"
                            + failure.getMessage());
                }
            }
            tried.append("\n\tno file '").append(file).append('\'');
        }
        throw LuaFailure.at("module '" + wanted + "' not found:" + tried);
    }

    // Odds and ends.

    /** {@code traceback([thread,] [message [, level]])}. */
    private static Varargs traceback(Interpreter lua, Varargs args) {
        boolean named = args.arg1().isthread();
        Varargs rest = named ? args.subargs(2) : args;
        LuaValue message = rest.arg1();
        if (message != NIL && !message.isstring()) {
            return message;
        }
        String of = named ? lua.tracebackOf(args.arg1(), (int) Args.integer(lua, rest, 2, 0)) : null;
        String trace = of == null ? lua.traceback((int) Args.integer(lua, rest, 2, 1)) : of;
        return Strings.utf8(message == NIL ? trace : Strings.text(message.strvalue()) + "\n" + trace);
    }

    /** Java's memory looks after itself; what is asked for is what Lua's would say when idle. */
    private static Varargs collect(Interpreter lua, Varargs args) {
        String option = Strings.text(Args.string(args, 1, LuaString.valueOf("collect")));
        return switch (option) {
            case "count" -> {
                Runtime java = Runtime.getRuntime();
                double bytes = (double) java.totalMemory() - java.freeMemory();
                yield varargsOf(Numbers.of(bytes / 1024), Numbers.of(bytes % 1024));
            }
            case "collect", "stop", "restart", "setpause", "setstepmul", "generational", "incremental" ->
                Numbers.of(0L);
            case "step", "isrunning" -> LuaValue.TRUE;
            default -> throw new ArgumentFailure(1, "invalid option '" + option + "'");
        };
    }
}
