package io.perilune.raft.sim;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The core under seeded fates. Thousands of them: {@code -Dsim.seeds=20000 -Dsim.first=1000}. */
class SimulationTest {
    private static final int EVENTS = 3_000;

    @Test
    void no_fate_breaks_a_promise() {
        long first = Long.getLong("sim.first", 1);
        int seeds = Integer.getInteger("sim.seeds", 300);
        System.out.println("seeds " + first + " to " + (first + seeds - 1));
        assertThat(Simulation.firstViolation(first, seeds, EVENTS)).isNull();
    }

    @Test
    void much_gets_committed_meanwhile() {
        long committed = 0;
        for (long seed = 1; seed <= 20; seed++) {
            Simulation simulation = new Simulation(seed);
            simulation.run(EVENTS);
            committed += simulation.committed();
        }
        assertThat(committed).isGreaterThan(20 * 15);
    }
}
