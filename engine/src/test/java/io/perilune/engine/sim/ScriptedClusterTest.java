package io.perilune.engine.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.raft.sim.ServerSimulation;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Whole clusters whose state is machines and scripts: deployments, activations, timers, leases and limits among crashes,
 * partitions, lost power, failing disks and changes of members. At every index all replicas have the same state; every
 * command that was acknowledged happened once, in an order that explains what clients saw. {@code -Dsim.first=S
 * -Dsim.seeds=N} runs others.
 */
class ScriptedClusterTest {
    private static final int EVENTS = 6_000;

    @Test
    void no_fate_of_clusters_with_scripts_breaks_a_promise() {
        var first = Long.getLong("sim.first", 1);
        var seeds = Integer.getInteger("sim.seeds", 40);
        System.out.println("scripted clusters: seeds " + first + " to " + (first + seeds - 1));

        var timers = 0L;
        var replies = new TreeSet<String>();
        for (var seed = first; seed < first + seeds; seed++) {
            var kind = new ScriptedState.OfScripts();
            assertThat(ServerSimulation.firstViolation(seed, 1, EVENTS, kind)).isNull();
            timers += kind.timersFired();
            replies.addAll(kind.replies());
        }

        System.out.println(timers + " timers fired, replies " + replies);
        assertThat(timers).isPositive();
        assertThat(replies).contains("Done", "Deployed", "LimitsSet", "Refused", "Failed");
    }
}
