package io.perilune.raft.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.perilune.raft.node.ProposalOutcome.Applied;
import io.perilune.raft.proto.ConfChangeType;
import io.perilune.raft.proto.ConfChangeV2;
import io.perilune.raft.proto.ConfState;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.SnapshotMetadata;
import io.perilune.raft.storage.DiskFiles;
import io.perilune.raft.storage.SnapshotStore;
import io.perilune.raft.storage.StorageIdentity;
import java.io.DataOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots that arrive while entries from before them wait to be applied. */
@Timeout(120)
final class SnapshotOvertakesTest {
    private static final RaftOptions.SnapshotPolicy ON_DEMAND = new RaftOptions.SnapshotPolicy(1L << 40, 1L << 40, 0);

    @TempDir
    Path directory;

    private static ConfChangeV2 addLearner(long id) {
        ConfChangeV2.Builder add = ConfChangeV2.newBuilder();
        add.addChangesBuilder().setType(ConfChangeType.ADD_LEARNER_NODE).setNodeId(id);
        return add.build();
    }

    private static void applyAll(Cluster cluster, long node, String prefix, int count) throws Exception {
        List<CompletableFuture<ProposalOutcome>> open = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            open.add(cluster.propose(node, prefix + i));
        }
        for (CompletableFuture<ProposalOutcome> future : open) {
            assertThat(Cluster.get(future)).isInstanceOf(Applied.class);
        }
    }

    private static void addLearner(Cluster cluster, long leader, long id) throws Exception {
        assertThat(Cluster.get(cluster.server(leader)
                        .proposeConfChange(addLearner(id), Map.of(id, "memory:" + id), Cluster.TIMEOUT_MILLIS)))
                .isInstanceOf(Applied.class);
    }

    private static void awaitCommit(Cluster cluster, long leader, long node) {
        await().until(() -> cluster.server(node).status().commit()
                >= cluster.server(leader).status().commit());
    }

    @Test
    void a_snapshot_arrives_while_apply_work_is_queued_and_members_change_right_after_it() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 3, options -> options.withSnapshots(ON_DEMAND))) {
            long leader = cluster.awaitLeader();
            long lagging = cluster.followers().get(0);
            CountDownLatch gate = new CountDownLatch(1);
            cluster.journal(lagging).holdAt(gate);
            applyAll(cluster, leader, "queued", 20);
            awaitCommit(cluster, leader, lagging);

            cluster.network.isolate(lagging);
            applyAll(cluster, leader, "missed", 20);
            addLearner(cluster, leader, 7);
            Cluster.get(cluster.server(leader).takeSnapshot());
            addLearner(cluster, leader, 8);
            applyAll(cluster, leader, "after", 20);
            cluster.network.heal();
            // The snapshot and all that follows it are there, and the first entry is still being applied.
            awaitCommit(cluster, leader, lagging);
            assertThat(cluster.journal(lagging).restores()).isZero();
            gate.countDown();

            assertThat(cluster.awaitAgreement()).hasSize(60);
            assertThat(cluster.journal(lagging).restores()).isEqualTo(1);
            await().untilAsserted(
                            () -> assertThat(cluster.server(lagging).status().members())
                                    .extracting(ServerStatus.Member::raft)
                                    .containsExactly("memory:1", "memory:2", "memory:3", "memory:7", "memory:8"));
            // The same again from its own disk.
            Cluster.get(cluster.server(lagging).takeSnapshot());
            cluster.stop(lagging);
            cluster.start(lagging);
            assertThat(cluster.awaitAgreement()).hasSize(60);
            assertThat(cluster.server(lagging).status().members())
                    .extracting(ServerStatus.Member::id)
                    .containsExactly(1L, 2L, 3L, 7L, 8L);
            assertThat(cluster.failures).isEmpty();
        }
    }

    @Test
    void a_second_snapshot_overtakes_the_first_while_that_waits_to_be_installed() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 3, options -> options.withSnapshots(ON_DEMAND))) {
            long leader = cluster.awaitLeader();
            long lagging = cluster.followers().get(0);
            CountDownLatch gate = new CountDownLatch(1);
            cluster.journal(lagging).holdAt(gate);
            applyAll(cluster, leader, "queued", 5);
            awaitCommit(cluster, leader, lagging);
            for (int round = 0; round < 3; round++) {
                cluster.network.isolate(lagging);
                applyAll(cluster, leader, "missed" + round + "-", 10);
                Cluster.get(cluster.server(leader).takeSnapshot());
                addLearner(cluster, leader, 7 + round);
                applyAll(cluster, leader, "after" + round + "-", 10);
                cluster.network.heal();
                awaitCommit(cluster, leader, lagging);
            }
            assertThat(cluster.journal(lagging).restores()).isZero();
            gate.countDown();

            assertThat(cluster.awaitAgreement()).hasSize(65);
            await().untilAsserted(
                            () -> assertThat(cluster.server(lagging).status().members())
                                    .extracting(ServerStatus.Member::id)
                                    .containsExactly(1L, 2L, 3L, 7L, 8L, 9L));
            assertThat(cluster.failures).isEmpty();
        }
    }

    // ---- the applier by itself

    private static List<Entry> entries(long from, long to) {
        return LongStream.rangeClosed(from, to)
                .mapToObj(index -> Entry.newBuilder().setIndex(index).setTerm(1).build())
                .toList();
    }

    private static Applier.Work.Entries work(long from, long to) {
        return new Applier.Work.Entries(entries(from, to), Map.of(), List.of());
    }

    private SnapshotStore storeWithSnapshotAt(long index) throws Exception {
        SnapshotStore store = SnapshotStore.open(new DiskFiles(), directory, new StorageIdentity(1, 1));
        try (SnapshotStore.Writer writer = store.write(metadata(index))) {
            DataOutputStream out = new DataOutputStream(writer);
            new Roster(new TreeMap<>(Map.of(1L, new Roster.Place("memory:1", ""))), new java.util.TreeSet<>())
                    .writeTo(out);
            new Journal().capture().writeTo(out);
            out.flush();
            writer.commit();
        }
        return store;
    }

    private static SnapshotMetadata metadata(long index) {
        return SnapshotMetadata.newBuilder()
                .setIndex(index)
                .setTerm(1)
                .setConfState(ConfState.newBuilder().addVoters(1))
                .build();
    }

    private static Applier applier(SnapshotStore store, List<Event> told) {
        Metering metering = new Metering();
        return new Applier(
                new Journal(),
                store,
                new Proposals(1, 1, RaftOptions.Limits.DEFAULT, metering),
                ON_DEMAND,
                new Snapshotter(store, job -> {}, metering),
                told::add,
                metering,
                new ReplayLog(1, 0, System::nanoTime),
                System::nanoTime);
    }

    @Test
    void the_applier_skips_what_the_installed_snapshot_holds_and_answers_for_it() throws Exception {
        List<Event> told = new ArrayList<>();
        Applier applier = applier(storeWithSnapshotAt(10), told);
        applier.put(work(1, 4));
        applier.put(new Applier.Work.Install(metadata(10)));
        applier.put(work(5, 9));
        applier.put(work(10, 12));
        applier.run();

        assertThat(applier.applied()).isEqualTo(12);
        assertThat(told).hasSize(4).filteredOn(Event.Applied.class::isInstance).hasSize(3);
    }

    @Test
    void the_applier_takes_no_snapshot_while_one_is_to_be_installed() throws Exception {
        Applier applier = applier(storeWithSnapshotAt(10), new ArrayList<>());
        applier.put(work(1, 4));
        applier.expectInstall(10);
        CompletableFuture<Long> early = new CompletableFuture<>();
        applier.put(new Applier.Work.Snapshot(early));
        applier.run();
        applier.put(new Applier.Work.Install(metadata(10)));
        CompletableFuture<Long> late = new CompletableFuture<>();
        applier.put(new Applier.Work.Snapshot(late));
        applier.run();

        assertThat(early).isCompletedExceptionally();
        // Begun: somebody has to write it now.
        assertThat(late).isNotDone();
    }

    @Test
    void any_other_gap_or_repetition_stops_the_applier() throws Exception {
        Applier gap = applier(storeWithSnapshotAt(10), new ArrayList<>());
        gap.put(new Applier.Work.Install(metadata(10)));
        gap.put(work(12, 12));
        assertThatThrownBy(gap::run).isInstanceOf(IllegalStateException.class).hasMessageContaining("entry 12");

        Applier twice = applier(
                SnapshotStore.open(new DiskFiles(), directory.resolve("other"), new StorageIdentity(1, 1)),
                new ArrayList<>());
        twice.put(work(1, 3));
        twice.put(work(3, 4));
        assertThatThrownBy(twice::run).isInstanceOf(IllegalStateException.class).hasMessageContaining("entry 3");
    }
}
