package io.perilune.raft.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.perilune.raft.node.ProposalOutcome.Applied;
import io.perilune.raft.node.ProposalOutcome.NotProposed;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that come and go. */
@Timeout(180)
final @Tag("cluster") class MembershipTest {
    private static final Duration LONG = Duration.ofMillis(Cluster.TIMEOUT_MILLIS);

    @TempDir
    Path directory;

    private static void applyAll(Cluster cluster, long node, String prefix, int count) throws Exception {
        List<CompletableFuture<ProposalOutcome>> open = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            open.add(cluster.propose(node, prefix + i));
        }
        for (CompletableFuture<ProposalOutcome> future : open) {
            assertThat(Cluster.get(future)).isInstanceOf(Applied.class);
        }
    }

    private static ProposalOutcome add(Cluster cluster, long through, long id, String address) throws Exception {
        return Cluster.get(cluster.server(through).addMember(id, address, "", Cluster.TIMEOUT_MILLIS));
    }

    private static ProposalOutcome remove(Cluster cluster, long through, long id) throws Exception {
        return Cluster.get(cluster.server(through).removeMember(id, Cluster.TIMEOUT_MILLIS));
    }

    private static void join(Cluster cluster, long through, long id) throws Exception {
        cluster.startJoining(id);
        assertThat(add(cluster, through, id, cluster.address(id))).isInstanceOf(Applied.class);
        awaitVoters(cluster, through);
    }

    /** Every running server is a voter, as {@code through} sees it. */
    private static void awaitVoters(Cluster cluster, long through) {
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(cluster.server(through).status().members())
                        .filteredOn(ServerStatus.Member::voter)
                        .extracting(ServerStatus.Member::id)
                        .containsExactlyElementsOf(cluster.servers.keySet()));
    }

    private static void assertRefused(ProposalOutcome outcome, RefusalReason reason, String... words) {
        assertThat(outcome).isInstanceOfSatisfying(NotProposed.class, refused -> {
            assertThat(refused.detail()).contains(words);
            assertThat(refused.reason()).isEqualTo(reason);
        });
    }

    private void growFromOneToThree(Cluster cluster) throws Exception {
        cluster.awaitLeader();
        applyAll(cluster, 1, "alone", 20);
        join(cluster, 1, 2);
        applyAll(cluster, 2, "two", 20);
        join(cluster, 2, 3);
        applyAll(cluster, 3, "three", 20);
        assertThat(cluster.awaitAgreement()).hasSize(60);
        assertThat(cluster.failures).isEmpty();
    }

    @Test
    void one_node_becomes_three_by_joining_and_survives_the_loss_of_the_first() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 1)) {
            growFromOneToThree(cluster);
            cluster.stop(1);
            applyAll(cluster, 2, "without", 5);
            cluster.start(1);
            assertThat(cluster.awaitAgreement()).hasSize(65);
        }
    }

    private static ProposalOutcome replace(Cluster cluster, long through, long id, long replaced) throws Exception {
        return Cluster.get(cluster.server(through).addMember(id, "memory:" + id, "", replaced, Cluster.TIMEOUT_MILLIS));
    }

    @Test
    void a_dead_member_is_replaced_in_one_step_by_one_that_has_caught_up() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 3)) {
            long leader = cluster.awaitLeader();
            applyAll(cluster, leader, "before", 20);
            long dead = leader % 3 + 1;
            cluster.stop(dead);
            cluster.startJoining(4);

            assertThat(replace(cluster, leader, 4, dead)).isInstanceOf(Applied.class);

            awaitVoters(cluster, leader);
            applyAll(cluster, 4, "after", 10);
            assertThat(cluster.awaitAgreement()).hasSize(30);
            assertRefused(add(cluster, leader, dead, cluster.address(dead)), RefusalReason.INVALID, "never used again");
        }
    }

    @Test
    void the_leader_is_replaced_and_hands_over_first() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 3)) {
            long leader = cluster.awaitLeader();
            cluster.startJoining(4);

            assertThat(replace(cluster, leader, 4, leader)).isInstanceOf(Applied.class);

            await().atMost(LONG).until(() -> cluster.failures.get(leader) instanceof RemovedFromClusterException);
            cluster.stop(leader);
            awaitVoters(cluster, 4);
            applyAll(cluster, 4, "after", 10);
        }
    }

    @Test
    void a_node_that_was_begun_to_join_never_begins_a_cluster_of_its_own() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 1)) {
            cluster.awaitLeader();
            cluster.startJoining(2);
            cluster.stop(2);

            cluster.startAlone(2);
            assertThat(add(cluster, 1, 2, cluster.address(2))).isInstanceOf(Applied.class);

            awaitVoters(cluster, 1);
            applyAll(cluster, 2, "after", 5);
            assertThat(cluster.awaitAgreement()).hasSize(5);
        }
    }

    @Test
    void a_replacement_that_makes_no_sense_is_refused_with_the_reason() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 3)) {
            long leader = cluster.awaitLeader();
            assertRefused(replace(cluster, leader, 4, 9), RefusalReason.NO_SUCH_MEMBER, "the cluster has no node 9");
            assertRefused(replace(cluster, leader, 4, 4), RefusalReason.NO_SUCH_MEMBER, "the cluster has no node 4");
            assertThat(replace(cluster, leader, 4, 2)).isInstanceOf(Applied.class);
            assertRefused(replace(cluster, leader, 5, 2), RefusalReason.INVALID, "node 4 is replacing node 2 already");
        }
    }

    @Test
    void one_node_becomes_three_over_sockets_and_the_leader_is_removed() throws Exception {
        try (Cluster cluster = Cluster.overHttp(directory, 1, options -> options)) {
            growFromOneToThree(cluster);
            long leader = cluster.awaitLeader();

            assertThat(remove(cluster, leader, leader)).isInstanceOf(Applied.class);

            await().atMost(LONG).until(() -> cluster.failures.get(leader) instanceof RemovedFromClusterException);
            cluster.stop(leader);
            long left = cluster.servers.keySet().iterator().next();
            applyAll(cluster, left, "left", 10);
            assertThat(cluster.awaitAgreement()).hasSize(70);
            assertRefused(
                    add(cluster, left, leader, cluster.address(leader)),
                    RefusalReason.INVALID,
                    "node " + leader,
                    "never used again");
            // It is told, also when it starts anew.
            cluster.failures.clear();
            cluster.start(leader);
            await().atMost(LONG).until(() -> cluster.failures.get(leader) instanceof RemovedFromClusterException);
        }
    }

    @Test
    void a_joined_node_takes_the_snapshot_where_the_log_does_not_reach_back() throws Exception {
        RaftOptions.SnapshotPolicy often = new RaftOptions.SnapshotPolicy(1 << 30, 50, 5);
        try (Cluster cluster = Cluster.overHttp(directory, 1, options -> options.withSnapshots(often))) {
            cluster.awaitLeader();
            applyAll(cluster, 1, "c", 300);
            await().until(() -> cluster.server(1).status().snapshotIndex() > 100);
            join(cluster, 1, 2);

            assertThat(cluster.awaitAgreement()).hasSize(300);
            assertThat(cluster.journal(2).restores()).isEqualTo(1);
        }
    }

    @Test
    void a_leader_hands_over_before_it_is_removed_and_every_other_goes_on() throws Exception {
        for (int round = 0; round < 5; round++) {
            Path place = directory.resolve("round-" + round);
            try (Cluster cluster = Cluster.inMemory(place, 3)) {
                long leader = cluster.awaitLeader();
                applyAll(cluster, leader, "a", 5);
                long through = round % 2 == 0 ? leader : cluster.followers().get(0);

                assertThat(remove(cluster, through, leader)).isInstanceOf(Applied.class);

                await().atMost(LONG).until(() -> cluster.failures.get(leader) instanceof RemovedFromClusterException);
                cluster.stop(leader);
                applyAll(cluster, cluster.servers.keySet().iterator().next(), "b", 5);
                assertThat(cluster.awaitAgreement()).hasSize(10);
                assertThat(cluster.server(cluster.awaitLeader()).status().members())
                        .hasSize(2);
            }
        }
    }

    @Test
    void mistakes_are_refused_with_the_reason_from_any_node() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 3)) {
            long leader = cluster.awaitLeader();
            long follower = cluster.followers().get(0);
            applyAll(cluster, leader, "a", 1);
            for (long through : List.of(leader, follower)) {
                assertRefused(add(cluster, through, 2, "memory:9"), RefusalReason.INVALID, "node 2", "member already");
                assertRefused(add(cluster, through, 9, "memory:3"), RefusalReason.INVALID, "memory:3", "node 3");
                assertRefused(add(cluster, through, 9, "nowhere"), RefusalReason.INVALID, "nowhere");
                assertRefused(add(cluster, through, -4, "memory:4"), RefusalReason.INVALID, "-4");
                assertRefused(remove(cluster, through, 9), RefusalReason.NO_SUCH_MEMBER, "no node 9");
            }
            // Nothing of this is in the log.
            assertThat(cluster.server(leader).status().members()).hasSize(3);
        }
    }

    @Test
    void a_removal_that_would_leave_no_majority_that_can_be_reached_is_refused() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 3)) {
            long leader = cluster.awaitLeader();
            List<Long> followers = cluster.followers();
            long dead = followers.get(0);
            long alive = followers.get(1);
            cluster.stop(dead);
            applyAll(cluster, leader, "a", 1);
            await().until(() -> cluster.server(leader).status().members().stream()
                    .anyMatch(member -> member.id() == dead && Boolean.FALSE.equals(member.active())));

            assertRefused(remove(cluster, leader, alive), RefusalReason.INVALID, "no majority");
            assertThat(remove(cluster, leader, dead)).isInstanceOf(Applied.class);
            assertThat(remove(cluster, leader, alive)).isInstanceOf(Applied.class);
            assertRefused(remove(cluster, leader, leader), RefusalReason.INVALID, "last voter");
            applyAll(cluster, leader, "b", 3);
        }
    }

    @Test
    void a_learner_that_nobody_reaches_stays_one_and_can_be_removed() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 1)) {
            cluster.awaitLeader();
            assertThat(add(cluster, 1, 2, "memory:2")).isInstanceOf(Applied.class);
            applyAll(cluster, 1, "a", 10);
            await().during(Duration.ofSeconds(1))
                    .atMost(Duration.ofSeconds(3))
                    .until(() -> !cluster.server(1).status().members().get(1).voter());

            assertThat(remove(cluster, 1, 2)).isInstanceOf(Applied.class);
            assertThat(cluster.server(1).status().members()).hasSize(1);
            assertRefused(add(cluster, 1, 2, "memory:2"), RefusalReason.INVALID, "never used again");
            // A restart, from the log and from a snapshot, does not forget who is gone.
            cluster.stop(1);
            cluster.start(1);
            cluster.awaitLeader();
            Cluster.get(cluster.server(1).takeSnapshot());
            cluster.stop(1);
            cluster.start(1);
            cluster.awaitLeader();
            assertRefused(add(cluster, 1, 2, "memory:2"), RefusalReason.INVALID, "never used again");
        }
    }

    @Test
    void the_address_of_the_http_api_is_known_before_the_node_is() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 1)) {
            cluster.awaitLeader();
            assertThat(Cluster.get(cluster.server(1).addMember(2, "memory:2", "there:7070", 10_000)))
                    .isInstanceOf(Applied.class);

            assertThat(cluster.server(1).status().members().get(1).http()).isEqualTo("there:7070");
        }
    }
}
