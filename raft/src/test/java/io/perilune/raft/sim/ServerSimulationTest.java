package io.perilune.raft.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Whole servers under seeded fates. In a build the seeds are the same each time; {@code -Psoak} takes others, as many as
 * {@code -Dsim.seeds} says, from a random one on or from {@code -Dsim.first}.
 */
class ServerSimulationTest {
    private static final int THREADS = 2;
    private static final int REPORT_EVERY = 1_000;

    private static ServerSimulation ran(long seed) {
        ServerSimulation simulation = new ServerSimulation(seed);
        simulation.run(ServerSimulation.EVENTS);
        simulation.heal();
        return simulation;
    }

    @Test
    void no_fate_of_whole_servers_breaks_a_promise() throws Exception {
        long first = Long.getLong("sim.first", Boolean.getBoolean("soak") ? System.nanoTime() : 1);
        int seeds = Integer.getInteger("sim.seeds", 500);
        System.out.println("whole servers: seeds " + first + " to " + (first + seeds - 1));
        AtomicInteger done = new AtomicInteger();
        AtomicInteger acknowledged = new AtomicInteger();
        var threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> runs = new ArrayList<>();
            for (long each = first; each < first + seeds; each++) {
                long seed = each;
                runs.add(threads.submit((Callable<Void>) () -> {
                    acknowledged.addAndGet(acknowledgedUnder(seed));
                    int count = done.incrementAndGet();
                    if (count % REPORT_EVERY == 0) {
                        System.out.println(count + " of " + seeds + " seeds are clean");
                    }
                    return null;
                }));
            }
            for (Future<?> run : runs) {
                run.get();
            }
        } finally {
            threads.shutdownNow();
        }
        System.out.println(acknowledged + " commands acknowledged");
        assertThat(acknowledged.get()).isGreaterThan(10 * seeds);
    }

    /** A member told a node that it was removed, forgot that in a crash, and then missed its vote. */
    @Test
    void a_node_is_not_told_of_a_removal_that_a_crash_could_undo() {
        assertThat(acknowledgedUnder(314_055)).isPositive();
    }

    private static int acknowledgedUnder(long seed) {
        try {
            return ran(seed).acknowledged();
        } catch (Violation | RuntimeException e) {
            throw new AssertionError(
                    "seed " + seed + "; again: mvn -pl raft test -Dtest=ServerSimulationTest -Dsim.first=" + seed
                            + " -Dsim.seeds=1",
                    e);
        }
    }

    @Test
    void one_seed_gives_one_run_in_another_process_too() throws Exception {
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:+UnlockExperimentalVMOptions",
                        "-XX:hashCode=2",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                                .replace("\n", File.pathSeparator),
                        ServerSimulationTest.class.getName(),
                        "7")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String other = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        assertThat(other.strip()).isEqualTo(String.valueOf(ran(7).eventHash()));
    }

    /** Prints the hash of what happens under a seed. */
    public static void main(String[] arguments) {
        System.out.println(ran(Long.parseLong(arguments[0])).eventHash());
    }
}
