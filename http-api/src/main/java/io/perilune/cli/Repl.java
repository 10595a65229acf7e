package io.perilune.cli;

import io.perilune.cli.terminal.ExitCode;
import io.perilune.scripting.Call;
import io.perilune.scripting.LuaException;
import io.perilune.scripting.LuaRef;
import io.perilune.scripting.LuaState;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Standard input as Lua: a script where it is a file or a pipe, line by line where it is a terminal. */
final class Repl {
    private static final String CHUNK = "=stdin";

    private final LuaState lua;
    private final PrintStream out;
    private final BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

    Repl(LuaState lua, PrintStream out) {
        this.lua = lua;
        this.out = out;
    }

    int run() throws IOException {
        if (System.console() == null) {
            lua.doString(in.lines().collect(Collectors.joining("\n")), CHUNK);
            return ExitCode.OK;
        }
        out.println("Lua 5.2 as Perilune runs it; an expression prints its value; Ctrl-D ends");
        for (var chunk = readChunk(); chunk != null; chunk = readChunk()) {
            evaluate(chunk);
        }
        out.println();
        return ExitCode.OK;
    }

    private void evaluate(LuaRef chunk) {
        try {
            var results = lua.call(Call.of(chunk).results(-1).protect(false)).results();
            if (!results.isEmpty()) {
                out.println(results.stream().map(LuaRef::toString).collect(Collectors.joining("\t")));
            }
        } catch (LuaException failure) {
            out.println(failure.getMessage());
        }
    }

    /** As many lines as make a chunk; null at the end of input. */
    private @Nullable LuaRef readChunk() throws IOException {
        var text = new StringBuilder();
        while (true) {
            out.print(text.isEmpty() ? "> " : ">> ");
            out.flush();
            var line = in.readLine();
            if (line == null) {
                return null;
            }
            text.append(text.isEmpty() ? "" : "\n").append(line);
            var expression = load("return " + text);
            if (expression instanceof LuaRef chunk) {
                return chunk;
            }
            var statement = load(text.toString());
            if (statement instanceof LuaRef chunk) {
                return chunk;
            }
            if (statement instanceof LuaException invalid && !isUnfinished(invalid)) {
                out.println(invalid.getMessage());
                text.setLength(0);
            }
        }
    }

    private Object load(String text) {
        try {
            return lua.load(text, CHUNK);
        } catch (LuaException invalid) {
            return invalid;
        }
    }

    private static boolean isUnfinished(LuaException invalid) {
        var message = invalid.getMessage();
        return message != null && message.endsWith("<eof>");
    }
}
