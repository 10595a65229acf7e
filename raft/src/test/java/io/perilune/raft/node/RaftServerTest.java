package io.perilune.raft.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.perilune.raft.node.ProposalOutcome.Applied;
import io.perilune.raft.node.ProposalOutcome.NotProposed;
import io.perilune.raft.node.ProposalOutcome.Unknown;
import io.perilune.raft.node.ReadOutcome.Passed;
import io.perilune.raft.proto.ConfChangeType;
import io.perilune.raft.proto.ConfChangeV2;
import io.perilune.raft.proto.MessageType;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final @Tag("cluster") class RaftServerTest {
    @TempDir
    Path directory;

    private static void applyAll(Cluster cluster, long node, int from, int to) throws Exception {
        List<CompletableFuture<ProposalOutcome>> open = new ArrayList<>();
        for (int i = from; i < to; i++) {
            open.add(cluster.propose(node, "c" + i));
        }
        for (CompletableFuture<ProposalOutcome> future : open) {
            assertThat(Cluster.get(future)).isInstanceOf(Applied.class);
        }
    }

    @Test
    void a_single_node_applies_and_remembers() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 1)) {
            assertThat(cluster.outcome(1, "a"))
                    .isInstanceOfSatisfying(
                            Applied.class,
                            applied -> assertThat(applied.reply()).isEqualTo(0L));
            applyAll(cluster, 1, 0, 100);
            cluster.stop(1);
            cluster.start(1);

            await().until(() -> cluster.server(1).status().ready());
            assertThat(cluster.journal(1).commands()).hasSize(101).startsWith("a", "c0");
        }
    }

    @Test
    void commands_proposed_anywhere_are_applied_everywhere_in_one_order() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 3)) {
            List<CompletableFuture<ProposalOutcome>> open = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                open.add(cluster.propose(1 + i % 3, "c" + i));
            }
            for (CompletableFuture<ProposalOutcome> future : open) {
                assertThat(Cluster.get(future)).isInstanceOf(Applied.class);
            }

            assertThat(cluster.awaitAgreement()).hasSize(300).doesNotHaveDuplicates();
        }
    }

    @Test
    void three_servers_over_sockets_survive_the_loss_and_return_of_their_leader() throws Exception {
        try (Cluster cluster = Cluster.overHttp(directory, 3, options -> options)) {
            long first = cluster.awaitLeader();
            for (long id : cluster.servers.keySet()) {
                applyAll(cluster, id, 0, 50);
            }
            assertThat(cluster.server(first).status().members())
                    .extracting(ServerStatus.Member::http)
                    .containsExactly("http-1:80", "http-2:80", "http-3:80");

            cluster.stop(first);
            long survivor = cluster.servers.keySet().iterator().next();
            applyAll(cluster, survivor, 50, 100);
            assertThat(cluster.awaitLeader()).isNotEqualTo(first);

            cluster.start(first);
            assertThat(cluster.awaitAgreement()).hasSize(200);
            await().until(() -> cluster.server(first).status().ready());
            assertThat(cluster.failures).isEmpty();
        }
    }

    @Test
    void everything_survives_a_restart_of_all() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 3)) {
            applyAll(cluster, 1, 0, 100);
            for (long id = 1; id <= 3; id++) {
                cluster.stop(id);
            }
            for (long id = 1; id <= 3; id++) {
                cluster.start(id);
            }
            applyAll(cluster, 2, 100, 110);

            assertThat(cluster.awaitAgreement()).hasSize(110);
        }
    }

    @Test
    void what_a_cut_off_leader_took_is_certainly_lost_and_is_proposed_again() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 3)) {
            long old = cluster.awaitLeader();
            applyAll(cluster, old, 0, 10);
            cluster.network.isolate(old);
            CompletableFuture<ProposalOutcome> stranded = cluster.propose(old, "stranded");
            List<Long> others =
                    cluster.servers.keySet().stream().filter(id -> id != old).toList();
            assertThat(Cluster.get(cluster.propose(others.get(0), "after"))).isInstanceOf(Applied.class);
            assertThat(stranded).isNotDone();

            cluster.network.heal();

            assertThat(Cluster.get(stranded)).isInstanceOf(Applied.class);
            assertThat(cluster.awaitAgreement()).hasSize(12).endsWith("after", "stranded");
        }
    }

    @Test
    void without_a_leader_a_proposal_certainly_does_not_happen() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 3)) {
            long leader = cluster.awaitLeader();
            cluster.network.isolate(1);
            cluster.network.isolate(2);
            cluster.network.isolate(3);
            await().until(() -> cluster.server(leader).status().leader() == 0);

            assertThat(Cluster.get(cluster.propose(leader, "x")))
                    .isInstanceOfSatisfying(
                            NotProposed.class,
                            refused -> assertThat(refused.reason()).isEqualTo(RefusalReason.NO_LEADER));
            assertThat(Cluster.get(cluster.server(leader).readBarrier(ReadConsistency.LINEARIZABLE, 3_000)))
                    .isInstanceOf(ReadOutcome.Refused.class);
        }
    }

    @Test
    void a_proposal_that_was_placed_and_hears_nothing_ends_as_unknown() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 3)) {
            long leader = cluster.awaitLeader();
            cluster.network.filter(message -> message.getType() != MessageType.MSG_APP_RESP);

            CompletableFuture<ProposalOutcome> open = cluster.server(leader).propose(new byte[] {'x'}, 100);

            assertThat(Cluster.get(open)).isInstanceOf(Unknown.class);
        }
    }

    @Test
    void too_large_a_command_is_refused_with_the_limit() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 1)) {
            int limit = RaftOptions.Limits.DEFAULT.commandBytesMax();
            assertThat(Cluster.get(cluster.server(1).propose(new byte[limit + 1], 1_000)))
                    .isInstanceOfSatisfying(NotProposed.class, refused -> {
                        assertThat(refused.reason()).isEqualTo(RefusalReason.TOO_LARGE);
                        assertThat(refused.detail()).contains(Integer.toString(limit));
                    });
        }
    }

    @Test
    void more_proposals_than_may_wait_are_refused_at_once() throws Exception {
        RaftOptions.Limits few =
                new RaftOptions.Limits(1 << 20, 64, 1 << 20, 20, 1 << 20, 1 << 20, 512, 64 << 20, 256 << 20, 64 << 20);
        try (Cluster cluster = Cluster.inMemory(directory, 1, options -> options.withLimits(few))) {
            cluster.outcome(1, "first");
            CountDownLatch gate = new CountDownLatch(1);
            cluster.journal(1).holdAt(gate);
            List<CompletableFuture<ProposalOutcome>> all = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                all.add(cluster.propose(1, "c" + i));
            }
            long refused = all.stream()
                    .filter(CompletableFuture::isDone)
                    .filter(future -> future.join() instanceof NotProposed)
                    .count();
            gate.countDown();

            assertThat(refused).isEqualTo(30);
            for (CompletableFuture<ProposalOutcome> future : all) {
                Cluster.get(future);
            }
            assertThat(cluster.journal(1).commands()).hasSize(21);
        }
    }

    @Test
    void a_linearizable_read_sees_what_was_acknowledged_elsewhere() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 3)) {
            cluster.awaitLeader();
            for (int i = 0; i < 30; i++) {
                Applied applied = (Applied) cluster.outcome(1 + i % 3, "c" + i);
                long reader = 1 + (i + 1) % 3;
                ReadOutcome read = Cluster.get(cluster.server(reader).readBarrier(ReadConsistency.LINEARIZABLE, 5_000));
                assertThat(read)
                        .isInstanceOfSatisfying(
                                Passed.class,
                                passed -> assertThat(passed.index()).isGreaterThanOrEqualTo(applied.index()));
                assertThat(cluster.journal(reader).commands()).contains("c" + i);
            }
        }
    }

    @Test
    void a_lease_read_on_the_leader_needs_no_round() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 3)) {
            long leader = cluster.awaitLeader();
            cluster.outcome(leader, "a");
            assertThat(Cluster.get(cluster.server(leader).readBarrier(ReadConsistency.LEASE, 5_000)))
                    .isInstanceOf(Passed.class);
            // A leader that is alone cannot confirm anything, but its lease still holds for a moment.
            cluster.network.isolate(leader);
            ReadOutcome read = Cluster.get(cluster.server(leader).readBarrier(ReadConsistency.LEASE, 5_000));

            assertThat(read).isInstanceOf(Passed.class);
        }
    }

    @Test
    void a_follower_that_fell_behind_the_log_takes_a_snapshot() throws Exception {
        RaftOptions.SnapshotPolicy often = new RaftOptions.SnapshotPolicy(1 << 30, 50, 5);
        try (Cluster cluster = Cluster.inMemory(directory, 3, options -> options.withSnapshots(often))) {
            long lagging = cluster.followers().get(0);
            cluster.stop(lagging);
            applyAll(cluster, cluster.awaitLeader(), 0, 400);
            await().until(() -> cluster.server(cluster.awaitLeader()).status().snapshotIndex() > 100);
            cluster.start(lagging);

            assertThat(cluster.awaitAgreement()).hasSize(400);
            assertThat(cluster.journal(lagging).restores()).isEqualTo(1);
            assertThat(cluster.server(lagging).metrics().snapshotsInstalled()).isEqualTo(1);
            // It goes on from there, and also from its own disk.
            cluster.stop(lagging);
            cluster.start(lagging);
            applyAll(cluster, lagging, 400, 410);
            assertThat(cluster.awaitAgreement()).hasSize(410);
        }
    }

    @Test
    void a_follower_takes_a_snapshot_over_sockets() throws Exception {
        RaftOptions.SnapshotPolicy often = new RaftOptions.SnapshotPolicy(1 << 30, 50, 5);
        try (Cluster cluster = Cluster.overHttp(directory, 3, options -> options.withSnapshots(often))) {
            long lagging = cluster.followers().get(0);
            cluster.stop(lagging);
            applyAll(cluster, cluster.awaitLeader(), 0, 400);
            await().until(() -> cluster.server(cluster.awaitLeader()).status().snapshotIndex() > 100);
            cluster.start(lagging);

            assertThat(cluster.awaitAgreement()).hasSize(400);
            assertThat(cluster.journal(lagging).restores()).isEqualTo(1);
        }
    }

    @Test
    void a_restart_begins_at_the_newest_snapshot() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 1)) {
            applyAll(cluster, 1, 0, 50);
            long index = Cluster.get(cluster.server(1).takeSnapshot());
            applyAll(cluster, 1, 50, 60);
            cluster.stop(1);
            cluster.start(1);

            assertThat(cluster.server(1).status().snapshotIndex()).isEqualTo(index);
            assertThat(cluster.journal(1).restores()).isEqualTo(1);
            applyAll(cluster, 1, 60, 61);
            assertThat(cluster.journal(1).commands()).hasSize(61);
        }
    }

    @Test
    void leadership_goes_where_it_is_asked_to() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 3)) {
            long heir = cluster.followers().get(0);
            RaftServer leader = cluster.server(cluster.awaitLeader());

            assertThat(Cluster.get(leader.transferLeadership(heir, 5_000))).isTrue();
            assertThat(cluster.awaitLeader()).isEqualTo(heir);
            assertThat(Cluster.get(leader.transferLeadership(99, 1_000))).isFalse();
        }
    }

    @Test
    void a_closing_leader_hands_over_before_it_goes() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 3)) {
            long leader = cluster.awaitLeader();
            applyAll(cluster, leader, 0, 10);
            RaftServer closing = cluster.server(leader);
            cluster.stop(leader);

            // No election timeout passed: somebody leads already.
            assertThat(cluster.servers.values())
                    .anyMatch(server -> server.status().role() == ServerStatus.Role.LEADER);
            assertThat(closing.propose(new byte[] {1}, 1_000).join()).isInstanceOf(NotProposed.class);
        }
    }

    @Test
    void a_member_is_added_and_another_removed() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 3)) {
            long leader = cluster.awaitLeader();
            long removed = cluster.followers().get(0);
            applyAll(cluster, leader, 0, 10);
            cluster.start(4);
            ConfChangeV2.Builder add = ConfChangeV2.newBuilder();
            add.addChangesBuilder().setType(ConfChangeType.ADD_NODE).setNodeId(4);
            ConfChangeV2.Builder remove = ConfChangeV2.newBuilder();
            remove.addChangesBuilder().setType(ConfChangeType.REMOVE_NODE).setNodeId(removed);

            assertThat(Cluster.get(
                            cluster.server(removed).proposeConfChange(add.build(), Map.of(4L, "memory:4"), 10_000)))
                    .isInstanceOf(Applied.class);
            assertThat(cluster.awaitAgreement()).hasSize(10);
            assertThat(Cluster.get(cluster.server(leader).proposeConfChange(remove.build(), Map.of(), 10_000)))
                    .isInstanceOf(Applied.class);

            await().until(() -> cluster.failures.get(removed) instanceof RemovedFromClusterException);
            cluster.stop(removed);
            applyAll(cluster, 4, 10, 20);
            assertThat(cluster.awaitAgreement()).hasSize(20);
            assertThat(cluster.server(4).status().members())
                    .extracting(ServerStatus.Member::id)
                    .containsExactlyElementsOf(cluster.servers.keySet());
        }
    }

    @Test
    void a_state_machine_that_throws_stops_its_node_and_says_why() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 1)) {
            CompletableFuture<ProposalOutcome> poisoned = cluster.propose(1, "poison");

            assertThat(Cluster.get(poisoned)).isInstanceOf(Unknown.class);
            await().until(() -> cluster.failures.containsKey(1L));
            assertThat(cluster.failures.get(1L)).hasMessageContaining("poison was applied");
            assertThat(cluster.server(1).status().failure()).contains("poison");
            assertThat(cluster.server(1).status().ready()).isFalse();
            assertThat(Cluster.get(cluster.propose(1, "more"))).isInstanceOf(NotProposed.class);
        }
    }

    @Test
    void a_directory_of_another_node_is_refused() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 1)) {
            cluster.outcome(1, "a");
            RaftOptions options =
                    RaftOptions.of("test", 1, directory.resolve("node-1"), "memory:1", Map.of(1L, "memory:1"));
            assertThatThrownBy(() -> RaftServer.start(options, new Journal(), failure -> {}))
                    .isInstanceOf(IOException.class);
            cluster.stop(1);
            RaftOptions other =
                    RaftOptions.of("test", 2, directory.resolve("node-1"), "127.0.0.1:0", Map.of(2L, "127.0.0.1:0"));
            assertThatThrownBy(() -> RaftServer.start(other, new Journal(), failure -> {}))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("node 1");
        }
    }

    @Test
    void an_idle_cluster_keeps_its_leader() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 3)) {
            cluster.awaitLeader();
            long term = cluster.server(1).status().term();
            await().during(Duration.ofSeconds(2))
                    .atMost(Duration.ofSeconds(4))
                    .until(() -> cluster.servers.values().stream()
                            .allMatch(server -> server.status().term() == term));
        }
    }
}
