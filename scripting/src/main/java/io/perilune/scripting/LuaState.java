package io.perilune.scripting;

import io.perilune.scripting.vm.BudgetExceeded;
import io.perilune.scripting.vm.Code;
import io.perilune.scripting.vm.Compiler;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Meter;
import io.perilune.scripting.vm.Strings;
import io.perilune.scripting.vm.Table;
import io.perilune.scripting.vm.UserData;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaFunction;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/**
 * A Lua for Java programs: chunks run one after the other on the same globals, Java functions are called by Lua and
 * Lua functions by Java. Trusted: a script may do what the program may, files included. Used by one thread at a time;
 * only {@link #cancel} may be called by another. For scripts that nobody vouches for there is {@link Sandbox}.
 *
 * <p>Where an {@code Object} is taken, it may be null, a Boolean, any Number, a String, {@link Bytes} or {@code byte[]},
 * a List, a Map, a {@link HostFunction} or a {@link LuaRef} of this state.
 */
public final class LuaState implements AutoCloseable {
    private static final Pattern PLACE = Pattern.compile("^(.*?:\\d+): ", Pattern.DOTALL);

    private final Meter meter;
    private final Interpreter lua;

    /**
     * @param output where {@code print} and {@code io.write} go
     * @param errors where {@code io.stderr} goes
     * @param directory where {@code require} looks for files
     */
    public record Options(PrintStream output, PrintStream errors, Path directory) {
        /** Standard output and error as they are now, and the working directory. */
        public static Options standard() {
            return new Options(System.out, System.err, Path.of("."));
        }

        public Options output(PrintStream stream) {
            return new Options(stream, errors, directory);
        }

        public Options directory(Path path) {
            return new Options(output, errors, path);
        }
    }

    /** The script called {@code os.exit}: for the program that runs it to obey. */
    public static final class Exit extends Error {
        private static final long serialVersionUID = 1;
        private final int status;

        Exit(int status) {
            super("os.exit(" + status + ")", null, false, false);
            this.status = status;
        }

        public int status() {
            return status;
        }
    }

    private LuaState(Options options) {
        meter = Meter.unlimited();
        lua = Interpreter.trusted(meter);
        Libraries.installTrusted(lua, options);
    }

    public static LuaState open() {
        return open(Options.standard());
    }

    public static LuaState open(Options options) {
        return new LuaState(options);
    }

    /** Runs a chunk; errors name it as {@code [string "..."]}. */
    public List<LuaRef> doString(String code) {
        return doString(code, code);
    }

    /** @param chunkName as Lua has it: {@code =stdin} or {@code @file.lua} */
    public List<LuaRef> doString(String code, String chunkName) {
        LuaRef chunk = load(code, chunkName);
        return guarded(() -> lua.call(chunk.value(), LuaValue.NONE));
    }

    /** Runs a file, with {@code arguments} as {@code ...} and in the global {@code arg}, the file's name at 0. */
    public List<LuaRef> doFile(Path file, String... arguments) {
        Table arg = lua.newTable();
        arg.set(0, Strings.utf8(file.toString()));
        LuaValue[] values = new LuaValue[arguments.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = Strings.utf8(arguments[i]);
            arg.set(i + 1, values[i]);
        }
        lua.globals().set("arg", arg);
        LuaFunction chunk = compile(Strings.owned(read(file)), "@" + file);
        return guarded(() -> lua.call(chunk, LuaValue.varargsOf(values)));
    }

    private static byte[] read(Path file) {
        try {
            byte[] content = Files.readAllBytes(file);
            return Libraries.withoutShebang(content);
        } catch (IOException unreadable) {
            String reason = Files.exists(file) ? "cannot be read" : "does not exist";
            throw new LuaException(LuaException.Kind.FILE, "cannot open " + file + ": it " + reason, null, null, "");
        }
    }

    /** Compiles a chunk into a function, without running it. */
    public LuaRef load(String code, String chunkName) {
        return new LuaRef(lua, compile(Strings.utf8(code), chunkName));
    }

    private LuaFunction compile(LuaString source, String chunkName) {
        try {
            Code code = Compiler.compile(meter, source, Strings.utf8(chunkName), "t");
            return lua.closure(code, lua.globals());
        } catch (LuaFailure invalid) {
            Matcher place = PLACE.matcher(invalid.getMessage());
            throw new LuaException(
                    LuaException.Kind.SYNTAX,
                    invalid.getMessage(),
                    new LuaRef(lua, invalid.value()),
                    place.find() ? place.group(1) : null,
                    "");
        }
    }

    public void setGlobal(String name, @Nullable Object value) {
        lua.globals().set(name, Conversions.toLua(lua, value));
    }

    public LuaRef getGlobal(String name) {
        return new LuaRef(lua, lua.globals().get(name));
    }

    /** Makes a Java function a global one. */
    public void register(String name, HostFunction function) {
        lua.globals().set(name, Conversions.function(name, function));
    }

    /** Any value that Lua can have, made from Java's. */
    public LuaRef valueOf(@Nullable Object value) {
        return new LuaRef(lua, Conversions.toLua(lua, value));
    }

    public LuaRef newTable() {
        return new LuaRef(lua, lua.newTable());
    }

    /** A Java object that Lua can pass around, and use as {@code metatable} says. */
    public LuaRef newUserData(Object object, @Nullable LuaRef metatable) {
        return new LuaRef(lua, new UserData(object, metatable == null ? null : metatable.table()));
    }

    /**
     * Calls a Lua function.
     *
     * @throws LuaException if it fails and the call is not protected
     */
    public CallResult call(Call call, @Nullable Object... arguments) {
        try {
            LuaValue function =
                    call.function() == null ? global(call) : call.function().value();
            LuaValue[] values = new LuaValue[arguments.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = Conversions.toLua(lua, arguments[i]);
            }
            List<LuaRef> all = guarded(() -> lua.call(function, LuaValue.varargsOf(values)));
            return new CallResult(adjust(all, call.resultCount()), null);
        } catch (LuaException failure) {
            if (call.isProtected()) {
                return new CallResult(List.of(), failure);
            }
            throw failure;
        }
    }

    private LuaValue global(Call call) {
        LuaValue value = lua.globals();
        String path = call.global() == null ? "" : call.global();
        for (String name : path.split("\\.")) {
            value = value instanceof Table table ? table.get(name) : LuaValue.NIL;
        }
        if (value.isnil()) {
            throw new LuaException(
                    LuaException.Kind.RUNTIME, "attempt to call global '" + path + "' (a nil value)", null, null, "");
        }
        return value;
    }

    private List<LuaRef> adjust(List<LuaRef> all, int count) {
        if (count < 0) {
            return all;
        }
        List<LuaRef> wanted = new ArrayList<>(all.subList(0, Math.min(count, all.size())));
        while (wanted.size() < count) {
            wanted.add(new LuaRef(lua, LuaValue.NIL));
        }
        return wanted;
    }

    private List<LuaRef> guarded(Supplier<Varargs> running) {
        try {
            return refs(lua, running.get());
        } catch (LuaFailure failure) {
            throw new LuaException(
                    LuaException.Kind.RUNTIME,
                    message(failure),
                    new LuaRef(lua, failure.value()),
                    failure.position(),
                    failure.traceback() == null ? "" : failure.traceback());
        } catch (Meter.Cancelled cancelled) {
            throw new LuaException(LuaException.Kind.CANCELLED, "cancelled", null, null, "");
        } catch (BudgetExceeded exceeded) {
            throw new LuaException(
                    LuaException.Kind.RUNTIME, String.valueOf(exceeded.getMessage()), null, exceeded.position(), "");
        }
    }

    private String message(LuaFailure failure) {
        LuaValue value = failure.value();
        if (value instanceof Table && lua.metatable(value) != null) {
            try {
                return Strings.text(lua.toText(value));
            } catch (LuaFailure second) {
                return second.getMessage();
            }
        }
        return failure.getMessage();
    }

    static List<LuaRef> refs(Interpreter lua, Varargs values) {
        List<LuaRef> refs = new ArrayList<>(values.narg());
        for (int i = 1; i <= values.narg(); i++) {
            refs.add(new LuaRef(lua, values.arg(i)));
        }
        return refs;
    }

    /** Stops the script that runs, soon. May be called by any thread. The state can be used again afterwards. */
    public void cancel() {
        meter.cancel();
    }

    /** Nothing is held that would need it; for use in {@code try}. */
    @Override
    public void close() {}
}
