package io.perilune.scripting.bench;

import io.perilune.scripting.LuaState;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.luaj.vm2.lib.jse.JsePlatform;

/**
 * The programs of {@code src/test/resources/bench}, side by side: in both tiers of ours, in stock LuaJ's interpreter, and
 * in {@code lua5.2} and {@code luajit} where they are installed. Each runs in a process of its own. Two numbers a
 * program: the best of {@value #ROUNDS} rounds inside one process, and the whole process for one round, in milliseconds.
 */
public final class Race {
    private static final int ROUNDS = 200;
    /** Stock LuaJ, whose coroutines are threads, does not end on some. */
    private static final int PATIENCE_SECONDS = 60;

    private static final List<String> PROGRAMS =
            List.of("recursion", "loops", "tables", "sorting", "strings", "closures", "methods", "coroutines");

    private static final String DRIVER = """
            table.unpack = table.unpack or unpack
            local best = math.huge
            local result
            for round = 1, %d do
              local started = os.clock()
              result = run()
              best = math.min(best, os.clock() - started)
            end
            print(string.format("%%.2f %%.14g", best * 1000, result))
            """;

    private Race() {}

    private record Runner(String name, List<String> command) {}

    /**
     * Without arguments, the race; with the name of one of the programs, only that; with {@code ours FILE} or {@code luaj
     * FILE}, one run in this process.
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length == 2) {
            alone(args[0], args[1]);
            return;
        }
        var runners = runners();
        System.out.printf(Locale.ROOT, "%-12s", "warm (whole)");
        for (var runner : runners) {
            System.out.printf(Locale.ROOT, "%18s", runner.name);
        }
        System.out.println();
        for (var program : args.length == 1 ? List.of(args[0]) : PROGRAMS) {
            System.out.printf(Locale.ROOT, "%-12s", program);
            var results = new ArrayList<String>();
            for (var runner : runners) {
                var warm = time(runner, program, ROUNDS);
                var once = time(runner, program, 1);
                results.add(warm.rounded());
                System.out.printf(Locale.ROOT, "%18s", warm.shown() + " (" + Math.round(once.wholeMillis) + ")");
            }
            System.out.println(results.stream().distinct().count() == 1 ? "" : "   results differ: " + results);
        }
    }

    private static void alone(String kind, String file) throws IOException {
        var source = Files.readString(Path.of(file));
        var out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        if (kind.equals("ours")) {
            LuaState.open(LuaState.Options.standard().output(out)).doString(source, "@" + file);
        } else {
            var globals = JsePlatform.standardGlobals();
            globals.STDOUT = out;
            globals.load(source, file).call();
        }
    }

    private static List<Runner> runners() {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var classes = System.getProperty("java.class.path");
        var jvm = List.of(java, "-XX:+UseSerialGC", "-cp", classes);
        var all = new ArrayList<Runner>();
        all.add(new Runner("ours", with(jvm, List.of(), "ours")));
        all.add(new Runner("interpreted", with(jvm, List.of("-Dperilune.jit=off"), "ours")));
        all.add(new Runner("stock LuaJ", with(jvm, List.of(), "luaj")));
        for (var other : List.of("lua5.2", "luajit")) {
            var binary = Path.of("/usr/bin", other);
            if (Files.isExecutable(binary)) {
                all.add(new Runner(other, List.of(binary.toString())));
            }
        }
        return all;
    }

    private static List<String> with(List<String> jvm, List<String> options, String kind) {
        var command = new ArrayList<>(jvm);
        command.addAll(1, options);
        command.addAll(List.of(Race.class.getName(), kind));
        return command;
    }

    private record Time(double warmMillis, double wholeMillis, String result) {
        /** Some print fewer digits than others. */
        String rounded() {
            return Double.isNaN(warmMillis) ? "none" : String.format(Locale.ROOT, "%.9g", Double.parseDouble(result));
        }

        String shown() {
            return Double.isNaN(warmMillis) ? "-" : String.format(Locale.ROOT, "%.2f", warmMillis);
        }
    }

    private static Time time(Runner runner, String program, int rounds) throws IOException, InterruptedException {
        var file = Files.createTempFile(program, ".lua");
        try (InputStream in = Race.class.getResourceAsStream("/bench/" + program + ".lua")) {
            var source = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            Files.writeString(file, source + String.format(Locale.ROOT, DRIVER, rounds));
        }
        var command = new ArrayList<>(runner.command);
        command.add(file.toString());
        var output = Files.createTempFile(program, ".out");
        var started = System.nanoTime();
        var process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        var ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        var whole = (System.nanoTime() - started) / 1e6;
        process.destroyForcibly().waitFor();
        var said = Files.readString(output).strip();
        Files.delete(file);
        Files.delete(output);
        var words = said.split(" ");
        return ended && process.exitValue() == 0 && words.length == 2
                ? new Time(Double.parseDouble(words[0]), whole, words[1])
                : new Time(Double.NaN, whole, said);
    }
}
