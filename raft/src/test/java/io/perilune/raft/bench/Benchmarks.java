package io.perilune.raft.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs the benchmarks whose names match the argument, with allocation per operation. */
public final class Benchmarks {
    private static final TimeValue ITERATION = new TimeValue(2, TimeUnit.SECONDS);

    private Benchmarks() {}

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
