package io.perilune.scripting.bench;

import io.perilune.scripting.Bytes;
import io.perilune.scripting.EntryPoint;
import io.perilune.scripting.Invocation;
import io.perilune.scripting.Limits;
import io.perilune.scripting.MemoryHost;
import io.perilune.scripting.Outcome;
import io.perilune.scripting.Sandbox;
import io.perilune.scripting.Script;
import io.perilune.scripting.Value;
import io.perilune.scripting.ValueCodec;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * What one command costs, all told: argument decoded, an environment of its own with the main chunk run in it, the work,
 * the result encoded. {@link #nothing} does no work, so that it is what a fresh environment costs at most.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CommandBenchmark {
    private static final TimeValue ITERATION = new TimeValue(2, TimeUnit.SECONDS);

    private static final String TYPICAL = """
            function apply(key)
              local value = (get(key) or 0) + 1
              put(key, value)
              return value
            end
            """;

    /** Eight commands, two queries, helpers and constants: as long as a sample. */
    private static final String SAMPLE = """
            local PREFIX, LEASE_MS = "lock/", 30000
            local function key(name) return PREFIX .. name end
            local function held(lock) return lock ~= nil and lock.until_ms > ctx.time end
            function commands.nothing() end
            function commands.acquire(args) local l = get(key(args.name)) if held(l) then fail("HELD") end end
            function commands.renew(args) return get(key(args.name)) end
            function commands.release(args) delete(key(args.name)) end
            function commands.steal(args) put(key(args.name), args) end
            function commands.add(args) return incr("n", args.by) end
            function commands.sub(args) return incr("n", -args.by) end
            function commands.reset() put("n", 0) end
            function queries.lock(args) return get(key(args.name)) end
            function queries.n() return get("n") end
            """;

    private final MemoryHost host = new MemoryHost();
    private final Invocation invocation =
            new Invocation("bench", 7, 1042, 4, 1795307714387L, "key-1", "alice", 42, Limits.DEFAULT);
    private final Script typical = compiled(TYPICAL);
    private final EntryPoint apply = new EntryPoint.Apply(ValueCodec.encode(new Value.Str(Bytes.utf8("acct/1"))));
    private final Script sample = compiled(SAMPLE);
    private final EntryPoint command = new EntryPoint.Command("nothing", ValueCodec.encode(Value.NULL));

    private static Script compiled(String source) {
        var compilation = new Sandbox().compile("bench", new TreeMap<>(Map.of(Sandbox.MAIN, Bytes.utf8(source))));
        return ((Sandbox.Compilation.Compiled) compilation).script();
    }

    @Benchmark
    public Outcome getAddPut() {
        return typical.call(apply, host, invocation);
    }

    @Benchmark
    public Outcome nothing() {
        return sample.call(command, host, invocation);
    }

    /** @param args a regular expression of benchmark names; all if absent */
    public static void main(String[] args) throws RunnerException {
        new Runner(new OptionsBuilder()
                        .include(args.length > 0 ? args[0] : ".*")
                        .addProfiler(GCProfiler.class)
                        .jvmArgsAppend("-Xmx1g", "-XX:+UseSerialGC")
                        .forks(1)
                        .warmupIterations(4)
                        .warmupTime(ITERATION)
                        .measurementIterations(5)
                        .measurementTime(ITERATION)
                        .build())
                .run();
    }
}
