package io.perilune.cli;

import io.perilune.cli.terminal.ExitCode;
import io.perilune.scripting.Call;
import io.perilune.scripting.LuaException;
import io.perilune.scripting.LuaRef;
import io.perilune.scripting.LuaState;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "run",
        description = {
            "Run a Lua script here: plain, trusted Lua with its whole standard library, and no cluster.",
            "Without a file or -e, standard input is the script; on a terminal, line by line."
        },
        footer = {
            "Examples:",
            "  perilune run lua-samples/hello.lua",
            "  perilune run script.lua one two                     its arguments are in arg",
            "  perilune run -e 'print(1/3)'",
            "  perilune run --call concat Go Lua lua-samples/concat.lua",
            "  perilune run lua-samples/concat.lua --call concat Go Lua"
        })
@SuppressWarnings("NullAway.Init") // picocli fills the fields
final class RunCommand implements Callable<Integer> {
    /** A call of a Lua function from Java needs Java stack; nested ones are limited, and fit in this many bytes. */
    private static final long STACK_BYTES = 64L << 20;

    @Spec
    private CommandSpec command;

    @Option(names = "-e", paramLabel = "CODE", description = "Run this instead of a file.")
    private @Nullable String code;

    @Option(
            names = "--call",
            paramLabel = "NAME",
            description = "Afterwards call this global with the remaining arguments and print what it returns.")
    private @Nullable String function;

    @Parameters(paramLabel = "[FILE] [ARGUMENT...]", description = "The script and what it finds in arg.")
    private List<String> words = List.of();

    private @Nullable Path file;
    private List<String> arguments = List.of();
    private List<String> callArguments = List.of();

    @Override
    public Integer call() throws InterruptedException {
        sortWords();
        var exit = new int[] {ExitCode.FAILED};
        var thread = new Thread(null, () -> exit[0] = run(), "lua", STACK_BYTES);
        thread.start();
        thread.join();
        return exit[0];
    }

    /** The file may stand before {@code --call NAME} and its arguments, or around them; or there is {@code -e}. */
    private void sortWords() {
        var rest = new ArrayList<>(words);
        if (code == null && !rest.isEmpty()) {
            file = Path.of(rest.remove(function == null ? 0 : positionOfFile(rest)));
        }
        int late = rest.indexOf("--call");
        if (function == null && late >= 0) {
            if (late + 1 == rest.size()) {
                throw new ParameterException(command.commandLine(), "--call needs the name of a function");
            }
            function = rest.get(late + 1);
            callArguments = List.copyOf(rest.subList(late + 2, rest.size()));
            arguments = List.copyOf(rest.subList(0, late));
        } else if (function != null) {
            callArguments = List.copyOf(rest);
        } else {
            arguments = List.copyOf(rest);
        }
    }

    private int positionOfFile(List<String> rest) {
        int last = rest.size() - 1;
        boolean first = Files.isRegularFile(Path.of(rest.get(0)));
        boolean end = Files.isRegularFile(Path.of(rest.get(last)));
        if (!first && !end) {
            throw new ParameterException(
                    command.commandLine(), "neither " + rest.get(0) + " nor " + rest.get(last) + " is a file");
        }
        return end && (!first || rest.get(last).endsWith(".lua")) ? last : 0;
    }

    private int run() {
        try (var out = new PrintStream(
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)), false, StandardCharsets.UTF_8)) {
            try {
                var lua = LuaState.open(LuaState.Options.standard().output(out));
                return execute(lua, out);
            } catch (LuaState.Exit exit) {
                return exit.status();
            } catch (LuaException failure) {
                out.flush();
                explain(failure, System.err);
                return ExitCode.FAILED;
            } catch (IOException unreadable) {
                out.flush();
                System.err.println("perilune: cannot read standard input: " + unreadable.getMessage());
                return ExitCode.FAILED;
            }
        }
    }

    private int execute(LuaState lua, PrintStream out) throws IOException {
        if (code != null) {
            lua.setGlobal("arg", arguments);
            lua.doString(code, "=(command line)");
        } else if (file != null) {
            lua.doFile(file, arguments.toArray(String[]::new));
        } else if (function == null) {
            return new Repl(lua, out).run();
        }
        if (function != null) {
            var results = lua.call(Call.of(function).results(-1).protect(false), callArguments.toArray());
            out.println(results.results().stream().map(LuaRef::toString).collect(Collectors.joining("\t")));
        }
        return ExitCode.OK;
    }

    private void explain(LuaException failure, PrintStream err) {
        err.println("perilune: " + failure.getMessage());
        var line = sourceLine(failure);
        if (line != null) {
            err.println("    " + failure.line() + " | " + line);
        }
        if (!failure.traceback().isEmpty()) {
            err.println(failure.traceback());
        }
    }

    private @Nullable String sourceLine(LuaException failure) {
        try {
            var source =
                    code != null ? code : file == null ? null : Files.readString(file, StandardCharsets.ISO_8859_1);
            if (source == null || failure.line() < 1 || !isOurs(failure.chunk())) {
                return null;
            }
            return source.lines().skip(failure.line() - 1L).findFirst().orElse(null);
        } catch (IOException gone) {
            return null;
        }
    }

    private boolean isOurs(@Nullable String chunk) {
        return code != null
                ? "(command line)".equals(chunk)
                : file != null && file.toString().equals(chunk);
    }
}
