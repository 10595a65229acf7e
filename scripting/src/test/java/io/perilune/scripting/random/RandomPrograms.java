package io.perilune.scripting.random;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.perilune.scripting.Bytes;
import io.perilune.scripting.EntryPoint;
import io.perilune.scripting.Invocation;
import io.perilune.scripting.Limits;
import io.perilune.scripting.MemoryHost;
import io.perilune.scripting.Outcome;
import io.perilune.scripting.Sandbox;
import io.perilune.scripting.Value;
import io.perilune.scripting.ValueCodec;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Runs random programs in a machine, and prints a hash of all that came of each: {@code FROM COUNT} are the seeds. One
 * more argument prints the words that are hashed instead.
 */
final class RandomPrograms {
    private static final long GAS = 100_000;

    /** Often enough for a function to be translated between two runs of a program. */
    private static final int RUNS = 3;

    private RandomPrograms() {}

    public static void main(String[] arguments) throws NoSuchAlgorithmException {
        long from = Long.parseLong(arguments[0]);
        long count = Long.parseLong(arguments[1]);
        for (long seed = from; seed < from + count; seed++) {
            String told = outcomes(seed);
            var hash = MessageDigest.getInstance("SHA-256").digest(told.getBytes(UTF_8));
            System.out.println(
                    arguments.length > 2 ? told : seed + " " + HexFormat.of().formatHex(hash, 0, 12));
        }
    }

    /** The program as it is, and stopped in the middle by less gas, memory and depth than it needs. */
    private static String outcomes(long seed) {
        var source = "local lines = {}\nlocal function out(t) lines[#lines + 1] = t end\nfunction apply(...)\n"
                + new RandomProgram(seed).source() + "return table.concat(lines, '\\n')\nend\n";
        var files = new TreeMap<>(Map.of(Sandbox.MAIN, Bytes.utf8(source)));
        var compilation = new Sandbox().compile("bank", files);
        if (!(compilation instanceof Sandbox.Compilation.Compiled compiled)) {
            return compilation + "\n" + source;
        }
        var random = new SplittableRandom(seed);
        var told = new StringBuilder();
        var limits = Limits.DEFAULT.withGasAtMost(GAS);
        var whole = call(compiled, limits);
        told.append(whole);
        for (int run = 0; run < RUNS; run++) {
            long gas = 1 + random.nextLong(whole.usage().gas());
            told.append("\ngas ").append(gas).append(": ").append(call(compiled, limits.withGasAtMost(gas)));
        }
        for (int run = 0; run < RUNS; run++) {
            long memory = 1 + random.nextLong(whole.usage().memoryBytes() + 1);
            int depth = 2 + random.nextInt(30);
            told.append("\nmemory ").append(memory).append(": ").append(call(compiled, narrow(memory, 5000)));
            told.append("\ndepth ").append(depth).append(": ").append(call(compiled, narrow(32L << 20, depth)));
        }
        return told.append('\n').toString();
    }

    private static Limits narrow(long memory, int depth) {
        return new Limits(GAS, GAS, depth, 1 << 20, memory, 1024, 1 << 18, 10, 10, 10);
    }

    private static Outcome call(Sandbox.Compilation.Compiled compiled, Limits limits) {
        var invocation = new Invocation("bank", 7, 1042, 4, 1795307714387L, "key-1", "alice", 42, limits);
        return compiled.script()
                .call(new EntryPoint.Apply(ValueCodec.encode(Value.NULL)), new MemoryHost(), invocation);
    }
}
