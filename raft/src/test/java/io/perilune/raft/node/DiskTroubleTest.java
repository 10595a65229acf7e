package io.perilune.raft.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.perilune.raft.node.ProposalOutcome.Applied;
import io.perilune.raft.node.ProposalOutcome.NotProposed;
import io.perilune.raft.node.ProposalOutcome.Unknown;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class DiskTroubleTest {
    @TempDir
    Path directory;

    @Test
    void a_leader_whose_disk_stalls_gives_leadership_up_and_takes_part_again_when_it_moves() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 3)) {
            long stalled = cluster.awaitLeader();
            cluster.outcome(stalled, "a");
            CountDownLatch stall = new CountDownLatch(1);
            cluster.disks.get(stalled).stall(stall);
            cluster.propose(stalled, "b");

            await().until(() -> {
                long leader = cluster.awaitLeader();
                return leader != stalled;
            });
            assertThat(cluster.outcome(cluster.awaitLeader(), "c")).isInstanceOf(Applied.class);
            stall.countDown();

            assertThat(cluster.awaitAgreement()).contains("a", "b", "c");
            assertThat(cluster.failures).isEmpty();
        }
    }

    @Test
    void a_failed_force_stops_the_node_and_promises_nothing() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 1)) {
            cluster.outcome(1, "a");
            cluster.disks.get(1L).failForces();

            assertThat(Cluster.get(cluster.propose(1, "b"))).isInstanceOf(Unknown.class);
            await().until(() -> cluster.failures.containsKey(1L));
            assertThat(cluster.failures.get(1L)).hasMessageContaining("disk is broken");
            assertThat(cluster.journal(1).commands()).containsExactly("a");
        }
    }

    @Test
    void a_full_disk_refuses_proposals_with_that_reason_and_is_survived() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 1)) {
            cluster.outcome(1, "a");
            cluster.disks.get(1L).setFull(true);
            String large = "x".repeat(60_000);
            List<CompletableFuture<ProposalOutcome>> open = new ArrayList<>();

            await().until(() -> {
                open.add(cluster.propose(1, large));
                return open.stream()
                        .anyMatch(future -> future.isDone()
                                && future.join() instanceof NotProposed refused
                                && refused.reason() == RefusalReason.OVERLOADED
                                && refused.detail().contains("disk"));
            });
            assertThat(cluster.failures).isEmpty();
            cluster.disks.get(1L).setFull(false);

            await().until(() -> Cluster.get(cluster.propose(1, "after")) instanceof Applied);
            for (CompletableFuture<ProposalOutcome> future : open) {
                assertThat(Cluster.get(future)).isNotInstanceOf(Unknown.class);
            }
        }
    }
}
