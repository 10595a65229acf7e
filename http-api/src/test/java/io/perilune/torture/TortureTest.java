package io.perilune.torture;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * In every build half a minute with three nodes; with {@code -Ptorture} for as long as {@code torture.seconds} says with
 * three and with five, cut off from each other too.
 */
class TortureTest {
    private static final int SHORT_SECONDS = 24;

    @Test
    void three_processes_keep_their_word_under_kills_and_stops() throws Exception {
        run(3, SHORT_SECONDS, false);
    }

    @Test
    @EnabledIfSystemProperty(named = "torture.seconds", matches = "\\d+")
    void three_processes_keep_their_word_under_kills_stops_and_partitions() throws Exception {
        run(3, Integer.getInteger("torture.seconds"), true);
    }

    @Test
    @EnabledIfSystemProperty(named = "torture.seconds", matches = "\\d+")
    void five_processes_keep_their_word_under_kills_stops_and_partitions() throws Exception {
        run(5, Integer.getInteger("torture.seconds"), true);
    }

    private static void run(int nodes, int seconds, boolean partitions) throws Exception {
        long seed = Long.getLong("torture.seed", System.nanoTime());
        var plan = new Torture.Plan(nodes, seconds, partitions, seed);
        assertThat(new Torture(plan, System.out).run()).as(plan.inWords()).isEmpty();
    }
}
