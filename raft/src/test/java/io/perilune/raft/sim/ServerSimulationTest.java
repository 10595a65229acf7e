package io.perilune.raft.sim;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Whole servers under seeded fates; the seeds are fixed. Others: {@code -Dsim.first=1000 -Dsim.seeds=500}. */
class ServerSimulationTest {
    private static final int EVENTS = 8_000;

    private static ServerSimulation ran(long seed) {
        ServerSimulation simulation = new ServerSimulation(seed);
        simulation.run(EVENTS);
        simulation.heal();
        return simulation;
    }

    @Test
    void no_fate_of_whole_servers_breaks_a_promise() {
        long first = Long.getLong("sim.first", 1);
        int seeds = Integer.getInteger("sim.seeds", 10);
        System.out.println("seeds " + first + " to " + (first + seeds - 1));
        for (long seed = first; seed < first + seeds; seed++) {
            try {
                assertThat(ran(seed).acknowledged()).isPositive();
            } catch (Violation | IllegalStateException e) {
                throw new AssertionError("seed " + seed + ": -Dsim.first=" + seed + " -Dsim.seeds=1", e);
            }
        }
    }

    @Test
    void one_seed_gives_one_run() {
        assertThat(ran(7).eventHash()).isEqualTo(ran(7).eventHash());
    }
}
