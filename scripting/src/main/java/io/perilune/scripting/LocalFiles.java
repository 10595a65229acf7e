package io.perilune.scripting;

import static org.luaj.vm2.LuaValue.NIL;
import static org.luaj.vm2.LuaValue.varargsOf;

import io.perilune.scripting.vm.Args;
import io.perilune.scripting.vm.ArgumentFailure;
import io.perilune.scripting.vm.Builtin;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Numbers;
import io.perilune.scripting.vm.Strings;
import io.perilune.scripting.vm.Table;
import io.perilune.scripting.vm.UserData;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaNumber;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/** The library {@code io} of a trusted script: the three standard streams, and files read or written in order. */
final class LocalFiles {
    private static final int READ_MAX = 1 << 30;
    private static final int ERROR_NOT_FOUND = 2;
    private static final int ERROR_DENIED = 13;
    private static final int ERROR_OTHER = 5;
    private static final int NUMERAL_MAX = 200;

    private final Interpreter lua;
    private final Table metatable;
    private UserData input;
    private UserData output;
    private final UserData errors;

    /** A file that is open, or was. */
    private static final class LuaFile {
        @Nullable
        InputStream in;

        @Nullable
        OutputStream out;

        final boolean standard;
        boolean closed;

        LuaFile(@Nullable InputStream in, @Nullable OutputStream out, boolean standard) {
            this.in = in;
            this.out = out;
            this.standard = standard;
        }
    }

    LocalFiles(Interpreter lua, LuaState.Options options) {
        this.lua = lua;
        metatable = lua.newTable();
        input = new UserData(new LuaFile(new BufferedInputStream(System.in), null, true), metatable);
        output = new UserData(new LuaFile(null, options.output(), true), metatable);
        errors = new UserData(new LuaFile(null, options.errors(), true), metatable);
    }

    void install(Table globals) {
        Table methods = lua.newTable();
        method(methods, "read", (file, args) -> read(file, args, 2));
        method(methods, "write", (file, args) -> write(args.arg1(), file, args, 2));
        method(methods, "lines", (file, args) -> lines(file, args, 2, false));
        method(methods, "close", (file, args) -> close(file));
        method(methods, "flush", (file, args) -> {
            if (file.out != null) {
                file.out.flush();
            }
            return args.arg1();
        });
        method(methods, "setvbuf", (file, args) -> LuaValue.TRUE);
        method(
                methods,
                "seek",
                (file, args) -> varargsOf(NIL, LuaString.valueOf("files are read and written in order")));
        metatable.set("__index", methods);
        metatable.set("__name", LuaString.valueOf("FILE*"));
        metatable.set(
                "__tostring",
                Builtin.of(
                        "tostring",
                        (l, args) -> Strings.utf8(
                                args.arg1() instanceof UserData data
                                                && data.object() instanceof LuaFile file
                                                && !file.closed
                                        ? "file (0x00000001)"
                                        : "file (closed)")));
        Table io = lua.newTable();
        io.set("stdin", input);
        io.set("stdout", output);
        io.set("stderr", errors);
        function(io, "open", this::open);
        function(io, "read", (l, args) -> guarded(() -> read(file(input), args, 1)));
        function(io, "write", (l, args) -> guarded(() -> write(output, file(output), args, 1)));
        function(io, "lines", this::lines);
        function(io, "close", (l, args) -> guarded(() -> close(file(args.narg() == 0 ? output : args.arg1()))));
        function(io, "input", (l, args) -> input = redirected(args, input, "r"));
        function(io, "output", (l, args) -> output = redirected(args, output, "w"));
        function(io, "type", (l, args) -> {
            if (Args.any(args, 1) instanceof UserData data && data.object() instanceof LuaFile file) {
                return LuaString.valueOf(file.closed ? "closed file" : "file");
            }
            return NIL;
        });
        globals.set("io", io);
    }

    private interface Method {
        Varargs call(LuaFile file, Varargs args) throws IOException;
    }

    private interface Operation {
        Varargs run() throws IOException;
    }

    private static void function(Table table, String name, Builtin.Body body) {
        table.set(name, Builtin.of("io." + name, body));
    }

    private static void method(Table table, String name, Method method) {
        table.set(name, Builtin.of(name, (l, args) -> guarded(() -> method.call(file(args.arg1()), args))));
    }

    private static Varargs guarded(Operation operation) {
        try {
            return operation.run();
        } catch (IOException failed) {
            return failure(null, failed);
        }
    }

    /** As C's library reports it: nil, a message, a number. */
    static Varargs failure(@Nullable String name, IOException failed) {
        boolean missing = failed instanceof NoSuchFileException;
        boolean denied = failed instanceof AccessDeniedException;
        String reason = missing
                ? "No such file or directory"
                : denied ? "Permission denied" : String.valueOf(failed.getMessage());
        int number = missing ? ERROR_NOT_FOUND : denied ? ERROR_DENIED : ERROR_OTHER;
        return varargsOf(NIL, Strings.utf8(name == null ? reason : name + ": " + reason), Numbers.of((long) number));
    }

    private static LuaFile file(LuaValue value) {
        if (value instanceof UserData data && data.object() instanceof LuaFile file) {
            if (file.closed) {
                throw LuaFailure.at("attempt to use a closed file");
            }
            return file;
        }
        throw new ArgumentFailure(1, "FILE* expected, got " + value.typename());
    }

    // Opening and closing.

    private Varargs open(Interpreter l, Varargs args) {
        String name = Strings.text(Args.string(args, 1));
        String mode = Strings.text(Args.string(args, 2, LuaString.valueOf("r")));
        if (!mode.matches("[rwa]\\+?b?")) {
            throw new ArgumentFailure(2, "invalid mode");
        }
        try {
            return open(name, mode);
        } catch (IOException failed) {
            return failure(name, failed);
        }
    }

    private UserData open(String name, String mode) throws IOException {
        Path path = Path.of(name);
        LuaFile file = switch (mode.charAt(0)) {
            case 'r' -> new LuaFile(new BufferedInputStream(Files.newInputStream(path)), null, false);
            case 'a' -> writing(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            default -> writing(path, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
        };
        return new UserData(file, metatable);
    }

    private static LuaFile writing(Path path, OpenOption create, OpenOption how) throws IOException {
        OutputStream out = Files.newOutputStream(path, StandardOpenOption.WRITE, create, how);
        return new LuaFile(null, new BufferedOutputStream(out), false);
    }

    private UserData redirected(Varargs args, UserData current, String mode) {
        if (args.arg1() == NIL) {
            return current;
        }
        if (args.arg1() instanceof UserData given) {
            file(given);
            return given;
        }
        String name = Strings.text(Args.string(args, 1));
        try {
            return open(name, mode);
        } catch (IOException failed) {
            throw LuaFailure.at(Strings.text(failure(name, failed).arg(2).strvalue()));
        }
    }

    private static Varargs close(LuaFile file) throws IOException {
        if (file.out != null) {
            file.out.flush();
        }
        if (!file.standard) {
            file.closed = true;
            if (file.in != null) {
                file.in.close();
            }
            if (file.out != null) {
                file.out.close();
            }
        }
        return LuaValue.TRUE;
    }

    // Writing.

    private static Varargs write(LuaValue self, LuaFile file, Varargs args, int first) throws IOException {
        if (file.out == null) {
            throw new IOException("Bad file descriptor");
        }
        for (int i = first; i <= args.narg(); i++) {
            LuaString text = Args.string(args, i);
            file.out.write(text.m_bytes, text.m_offset, text.m_length);
        }
        if (file.standard) {
            file.out.flush();
        }
        return self;
    }

    // Reading.

    private Varargs lines(Interpreter l, Varargs args) {
        if (args.arg1() == NIL) {
            return guarded(() -> lines(file(input), args, 2, false));
        }
        String name = Strings.text(Args.string(args, 1));
        try {
            return lines(file(open(name, "r")), args, 2, true);
        } catch (IOException failed) {
            String said = Strings.text(failure(name, failed).arg(2).strvalue());
            throw LuaFailure.at("cannot open file '" + name + "' (" + said.substring(name.length() + 2) + ")");
        }
    }

    private Varargs lines(LuaFile file, Varargs args, int first, boolean closes) {
        return Builtin.of(
                "lines",
                (l, none) -> guarded(() -> {
                    if (file.closed) {
                        throw LuaFailure.at("file is already closed");
                    }
                    Varargs read = read(file, args, first);
                    if (closes && read.arg1() == NIL) {
                        close(file);
                    }
                    return read;
                }));
    }

    private Varargs read(LuaFile file, Varargs args, int first) throws IOException {
        InputStream in = file.in;
        if (in == null) {
            throw new IOException("Bad file descriptor");
        }
        if (args.narg() < first) {
            return line(in, false);
        }
        LuaValue[] results = new LuaValue[args.narg() - first + 1];
        for (int i = 0; i < results.length; i++) {
            results[i] = read(in, args, first + i);
            if (results[i] == NIL) {
                return varargsOf(java.util.Arrays.copyOf(results, i + 1));
            }
        }
        return varargsOf(results);
    }

    private LuaValue read(InputStream in, Varargs args, int position) throws IOException {
        if (args.arg(position) instanceof LuaNumber) {
            long wanted = Args.integer(lua, args, position);
            return bytes(in, (int) Math.max(0, Math.min(READ_MAX, wanted)));
        }
        String format = Strings.text(Args.string(args, position));
        return switch (format.startsWith("*") ? format.substring(1) : "") {
            case "l" -> line(in, false);
            case "L" -> line(in, true);
            case "a" -> Strings.owned(in.readAllBytes());
            case "n" -> number(in);
            default -> throw new ArgumentFailure(position, "invalid format");
        };
    }

    private static LuaValue bytes(InputStream in, int count) throws IOException {
        if (count == 0) {
            in.mark(1);
            int next = in.read();
            in.reset();
            return next < 0 ? NIL : LuaValue.EMPTYSTRING;
        }
        byte[] content = in.readNBytes(count);
        return content.length == 0 ? NIL : Strings.owned(content);
    }

    private static LuaValue line(InputStream in, boolean keepsEnd) throws IOException {
        var line = new ByteArrayOutputStream();
        int c = in.read();
        if (c < 0) {
            return NIL;
        }
        while (c >= 0 && c != '\n') {
            line.write(c);
            c = in.read();
        }
        if (c == '\n' && keepsEnd) {
            line.write(c);
        }
        return Strings.owned(line.toByteArray());
    }

    private static LuaValue number(InputStream in) throws IOException {
        var text = new ByteArrayOutputStream();
        int c = in.read();
        while (c == ' ' || c >= '\t' && c <= '\r') {
            c = in.read();
        }
        while (c > ' ' && text.size() < NUMERAL_MAX) {
            text.write(c);
            in.mark(1);
            c = in.read();
        }
        if (c >= 0 && text.size() > 0) {
            in.reset();
        }
        LuaNumber number = Numbers.parse(Strings.owned(text.toByteArray()));
        return number == null ? NIL : number;
    }
}
