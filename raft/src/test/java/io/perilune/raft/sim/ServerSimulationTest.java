package io.perilune.raft.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Whole servers under seeded fates; the seeds are fixed. Others: {@code -Dsim.first=1000 -Dsim.seeds=500}. */
class ServerSimulationTest {
    private static final int EVENTS = 8_000;
    private static final int PLANTED_SEEDS = 40;

    private static ServerSimulation ran(long seed) {
        ServerSimulation simulation = new ServerSimulation(seed);
        simulation.run(EVENTS);
        simulation.heal();
        return simulation;
    }

    @Test
    void no_fate_of_whole_servers_breaks_a_promise() {
        long first = Long.getLong("sim.first", 1);
        int seeds = Integer.getInteger("sim.seeds", 500);
        System.out.println("seeds " + first + " to " + (first + seeds - 1));
        long acknowledged = 0;
        for (long seed = first; seed < first + seeds; seed++) {
            try {
                acknowledged += ran(seed).acknowledged();
            } catch (Violation | IllegalStateException e) {
                throw new AssertionError("seed " + seed + ": -Dsim.first=" + seed + " -Dsim.seeds=1", e);
            }
        }
        System.out.println(acknowledged + " commands acknowledged");
        assertThat(acknowledged).isGreaterThan(10L * seeds);
    }

    @Test
    void acknowledging_before_the_force_is_found() {
        assertThat(firstFound(SimulatedDisk::forgetForces)).isNotNull();
    }

    @Test
    void skipping_the_force_of_directories_is_found() {
        assertThat(firstFound(SimulatedDisk::forgetDirectoryForces)).isNotNull();
    }

    private static String firstFound(Consumer<SimulatedDisk> planted) {
        for (long seed = 1; seed <= PLANTED_SEEDS; seed++) {
            try {
                ServerSimulation simulation = new ServerSimulation(seed, planted);
                simulation.run(EVENTS);
                simulation.heal();
            } catch (Violation | IllegalStateException e) {
                String found = "seed " + seed + ": " + e;
                System.out.println(found);
                return found;
            }
        }
        return null;
    }

    @Test
    void one_seed_gives_one_run() {
        assertThat(ran(7).eventHash()).isEqualTo(ran(7).eventHash());
    }
}
