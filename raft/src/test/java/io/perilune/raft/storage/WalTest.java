package io.perilune.raft.storage;

import static io.perilune.raft.storage.WalHarness.DIRECTORY;
import static io.perilune.raft.storage.WalHarness.IDENTITY;
import static io.perilune.raft.storage.WalHarness.SMALL;
import static io.perilune.raft.storage.WalHarness.all;
import static io.perilune.raft.storage.WalHarness.append;
import static io.perilune.raft.storage.WalHarness.entries;
import static io.perilune.raft.storage.WalHarness.entry;
import static io.perilune.raft.storage.WalHarness.hard;
import static io.perilune.raft.storage.WalHarness.open;
import static io.perilune.raft.storage.WalHarness.snapshot;
import static io.perilune.raft.storage.WalHarness.view;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.raft.core.LogStorage;
import io.perilune.raft.core.LogStorage.Slice;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.HardState;
import io.perilune.raft.sim.SimulatedDisk;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalTest {
    private final SimulatedDisk disk = new SimulatedDisk(new SplittableRandom(1));

    @Test
    void a_new_log_is_empty_and_says_that_it_is_new() throws Exception {
        var opened = open(disk, SMALL);

        assertThat(opened.recovery().isNew()).isTrue();
        assertThat(view(opened.wal()).firstIndex()).isEqualTo(1);
        assertThat(view(opened.wal()).lastIndex()).isZero();
        assertThat(view(opened.wal()).term(0)).isZero();
        assertThat(view(opened.wal()).initial().hardState()).isEqualTo(HardState.getDefaultInstance());
    }

    @Test
    void what_was_appended_is_there_after_a_power_cut() throws Exception {
        Wal wal = open(disk, SMALL).wal();
        append(wal, Batch.of(entries(1, 3, 1, 40), hard(1, 7, 0)), Batch.of(entries(4, 5, 2, 40), hard(2, 3, 3)));
        disk.powerCut();

        var again = open(disk, SMALL);
        assertThat(all(again.wal())).isEqualTo(concat(entries(1, 3, 1, 40), entries(4, 5, 2, 40)));
        assertThat(again.recovery().hardState()).isEqualTo(hard(2, 3, 3));
        assertThat(again.recovery().cut()).isEmpty();
        assertThat(view(again.wal()).term(3)).isEqualTo(1);
        assertThat(view(again.wal()).term(4)).isEqualTo(2);
        assertThat(view(again.wal()).term(6)).isEqualTo(LogStorage.UNAVAILABLE);
    }

    @Test
    void many_batches_cost_one_force() throws Exception {
        Wal wal = open(disk, SMALL).wal();
        int[] forces = {0};
        disk.onForce(() -> forces[0]++);

        append(wal, Batch.of(entries(1, 1, 1, 9), hard(1, 1, 0)), Batch.of(entries(2, 2, 1, 9), null));

        assertThat(forces[0]).isEqualTo(1);
    }

    @Test
    void a_moved_commit_index_alone_is_not_forced_and_may_be_lost() throws Exception {
        Wal wal = open(disk, SMALL).wal();
        append(wal, Batch.of(entries(1, 3, 1, 9), hard(1, 1, 0)));
        disk.onForce(() -> {
            throw new AssertionError("forced");
        });

        var done = append(wal, Batch.of(List.of(), hard(1, 1, 3)));

        assertThat(done)
                .isInstanceOfSatisfying(
                        Appended.Done.class, it -> assertThat(it.forceNanos()).isZero());
        disk.onForce(() -> {});
        disk.powerCut();
        assertThat(open(disk, SMALL).recovery().hardState().getCommit()).isIn(0L, 3L);
    }

    @Test
    void a_vote_is_forced() throws Exception {
        Wal wal = open(disk, SMALL).wal();
        append(wal, Batch.of(List.of(), hard(5, 2, 0)));
        disk.powerCut();

        assertThat(open(disk, SMALL).recovery().hardState()).isEqualTo(hard(5, 2, 0));
    }

    @Test
    void later_entries_replace_a_conflicting_suffix() throws Exception {
        Wal wal = open(disk, SMALL).wal();
        append(wal, Batch.of(entries(1, 9, 1, 20), null));
        append(wal, Batch.of(entries(4, 5, 2, 20), null));
        List<Entry> expected = concat(entries(1, 3, 1, 20), entries(4, 5, 2, 20));

        assertThat(all(wal)).isEqualTo(expected);
        disk.powerCut();
        assertThat(all(open(disk, SMALL).wal())).isEqualTo(expected);
    }

    @Test
    void a_suffix_can_be_replaced_across_segments() throws Exception {
        Wal wal = open(disk, SMALL).wal();
        for (int i = 0; i < 30; i++) {
            append(wal, Batch.of(entries(1 + i * 4L, 4 + i * 4L, 1, 200), null));
        }
        assertThat(wal.status().segments()).isGreaterThan(5);
        append(wal, Batch.of(entries(7, 8, 2, 200), null));
        List<Entry> expected = concat(entries(1, 6, 1, 200), entries(7, 8, 2, 200));

        assertThat(all(wal)).isEqualTo(expected);
        disk.powerCut();
        assertThat(all(open(disk, SMALL).wal())).isEqualTo(expected);
    }

    @Test
    void an_append_larger_than_a_segment_gets_one_of_its_size() throws Exception {
        Wal wal = open(disk, SMALL).wal();
        append(wal, Batch.of(entries(1, 2, 1, 9000), hard(1, 1, 0)));
        append(wal, Batch.of(entries(3, 3, 1, 100_000), null));
        append(wal, Batch.of(entries(4, 4, 1, 10), null));
        disk.powerCut();

        var again = open(disk, SMALL).wal();
        assertThat(all(again))
                .isEqualTo(concat(concat(entries(1, 2, 1, 9000), entries(3, 3, 1, 100_000)), entries(4, 4, 1, 10)));
        assertThat(open(disk.copy(new SplittableRandom(2)), SMALL).recovery().hardState())
                .isEqualTo(hard(1, 1, 0));
    }

    @Test
    void entries_that_left_memory_are_read_from_the_files() throws Exception {
        WalOptions tight = SMALL.withCacheBytes(500);
        Wal wal = open(disk, tight).wal();
        for (int i = 1; i <= 100; i++) {
            append(wal, Batch.of(entries(i, i, 1 + i / 10, 100), null));
        }
        append(wal, Batch.of(entries(60, 60, 20, 100), null));

        LogStorage view = view(wal);
        assertThat(all(wal))
                .hasSize(60)
                .extracting(Entry::getIndex)
                .startsWith(1L)
                .endsWith(60L);
        assertThat(view.term(35)).isEqualTo(4);
        assertThat(view.term(60)).isEqualTo(20);
        int one = entries(10, 10, 2, 100).get(0).getSerializedSize();
        assertThat(((Slice.Found) view.entries(10, 50, 3L * one)).entries()).hasSize(3);
        assertThat(((Slice.Found) view.entries(10, 50, 1)).entries()).hasSize(1);
        assertThat(((Slice.Found) view.entries(50, 61, 5L * one)).entries()).hasSize(5);
        assertThat(view.entries(50, 62, 1)).isEqualTo(new Slice.Unavailable(60));
    }

    @Test
    void a_slice_never_has_a_gap_whatever_the_bounds() throws Exception {
        Wal wal = open(disk, SMALL.withCacheBytes(1000)).wal();
        for (int i = 1; i <= 40; i++) {
            append(wal, Batch.of(entries(i, i, 1, 10 + i * 37 % 90), null));
        }
        List<Entry> all = all(wal);
        LogStorage view = view(wal);
        for (int from = 1; from <= 40; from++) {
            for (long bytes : new long[] {0, 60, 150, 1000, 5000}) {
                List<Entry> expected = new ArrayList<>();
                long sum = 0;
                for (Entry each : all.subList(from - 1, 40)) {
                    sum += each.getSerializedSize();
                    if (sum > bytes && !expected.isEmpty()) {
                        break;
                    }
                    expected.add(each);
                }
                assertThat(view.entries(from, 41, bytes)).isEqualTo(new Slice.Found(expected));
            }
        }
    }

    @Test
    void compaction_deletes_segments_but_keeps_what_the_older_snapshot_needs() throws Exception {
        Wal wal = open(disk, SMALL).wal();
        for (int i = 1; i <= 100; i++) {
            append(wal, Batch.of(entries(i, i, 1, 300), hard(1, 1, i)));
        }
        int before = wal.status().segments();
        append(wal, Batch.of(SnapshotMarker.taken(snapshot(50, 1))));
        wal.compact(50);
        assertThat(wal.status().segments()).as("one snapshot is no fallback").isGreaterThanOrEqualTo(before);
        assertThat(view(wal).firstIndex()).isEqualTo(51);
        assertThat(view(wal).term(50)).isEqualTo(1);
        assertThat(view(wal).term(49)).isEqualTo(LogStorage.COMPACTED);
        assertThat(view(wal).entries(50, 60, 9)).isEqualTo(new Slice.Compacted(51));

        append(wal, Batch.of(SnapshotMarker.taken(snapshot(90, 1))));
        wal.compact(80);
        assertThat(wal.status().segments()).isLessThan(before);
        disk.powerCut();

        var byNewest = open(disk.copy(new SplittableRandom(2)), SMALL, snapshot(50, 1), snapshot(90, 1));
        assertThat(byNewest.recovery().snapshot()).contains(snapshot(90, 1));
        assertThat(view(byNewest.wal()).lastIndex()).isEqualTo(100);
        var byOlder = open(disk.copy(new SplittableRandom(2)), SMALL, snapshot(50, 1));
        assertThat(byOlder.recovery().snapshot()).contains(snapshot(50, 1));
        assertThat(view(byOlder.wal()).firstIndex()).isLessThanOrEqualTo(51);
        assertThatThrownBy(() -> open(disk, SMALL))
                .isInstanceOf(StorageRefusedException.class)
                .hasMessageContaining("snapshots it needs none is complete")
                .hasMessageContaining("index 90 term 1");
    }

    @Test
    void an_installed_snapshot_replaces_the_whole_log() throws Exception {
        Wal wal = open(disk, SMALL).wal();
        append(wal, Batch.of(entries(1, 60, 1, 300), hard(1, 1, 3)));
        append(wal, new Batch(List.of(), hard(4, 0, 40), SnapshotMarker.installed(snapshot(40, 4))));
        assertThat(view(wal).lastIndex()).isEqualTo(40);
        assertThat(view(wal).term(40)).isEqualTo(4);
        append(wal, Batch.of(entries(41, 42, 4, 30), null));
        wal.compact(40);
        disk.powerCut();

        var again = open(disk, SMALL, snapshot(40, 4));
        assertThat(all(again.wal())).isEqualTo(entries(41, 42, 4, 30));
        assertThat(again.recovery().hardState()).isEqualTo(hard(4, 0, 40));
        assertThat(view(again.wal()).initial().confState())
                .isEqualTo(snapshot(40, 4).getConfState());
        assertThat(again.recovery().segments()).isEqualTo(1);
    }

    @Test
    void a_snapshot_without_a_marker_is_not_started_from() throws Exception {
        Wal wal = open(disk, SMALL).wal();
        append(wal, Batch.of(entries(1, 5, 1, 30), null));
        disk.powerCut();

        assertThat(open(disk, SMALL, snapshot(5, 1)).recovery().snapshot()).isEmpty();
    }

    @Test
    void a_commit_index_that_lags_behind_the_snapshot_is_raised() throws Exception {
        Wal wal = open(disk, SMALL).wal();
        append(wal, Batch.of(entries(1, 5, 2, 30), hard(2, 1, 1)));
        append(wal, Batch.of(SnapshotMarker.taken(snapshot(4, 2))));
        disk.powerCut();

        assertThat(open(disk, SMALL, snapshot(4, 2)).recovery().hardState()).isEqualTo(hard(2, 1, 4));
    }

    @Test
    void batches_that_do_not_fit_are_refused_before_anything_is_written() throws Exception {
        Wal wal = open(disk, SMALL).wal();
        append(wal, Batch.of(entries(1, 5, 2, 30), null));
        long operations = disk.operations();

        assertThatThrownBy(() -> append(wal, Batch.of(entries(7, 8, 2, 30), null)))
                .hasMessageContaining("entry 7 appended to a log of 1..5");
        assertThatThrownBy(() -> append(wal, Batch.of(SnapshotMarker.taken(snapshot(6, 2)))))
                .hasMessageContaining("snapshot taken at 6");
        assertThatThrownBy(() -> wal.compact(3)).hasMessageContaining("with a snapshot at 0");
        assertThat(disk.operations()).isEqualTo(operations);
        assertThat(append(wal, Batch.of(entries(6, 6, 2, 30), null))).isInstanceOf(Appended.Done.class);
    }

    @Test
    void after_a_failed_force_the_log_is_failed_for_good() throws Exception {
        Wal wal = open(disk, SMALL).wal();
        append(wal, Batch.of(entries(1, 1, 1, 30), null));
        disk.failForceAfter(0);

        assertThat(append(wal, Batch.of(entries(2, 2, 1, 30), null))).isInstanceOf(Appended.Failed.class);
        long operations = disk.operations();
        assertThat(append(wal, Batch.of(entries(3, 3, 1, 30), null)))
                .isInstanceOfSatisfying(
                        Appended.Failed.class,
                        it -> assertThat(it.reason()).contains("/data/wal").contains("Input/output error"));
        assertThat(disk.operations()).as("nothing is tried again").isEqualTo(operations);
        assertThat(wal.status().failure()).isPresent();
        assertThat(view(wal).lastIndex()).as("what failed is not shown").isEqualTo(1);
    }

    @Test
    void what_a_failed_force_left_in_the_cache_is_written_again_before_it_counts() throws Exception {
        Wal wal = open(disk, SMALL).wal();
        append(wal, Batch.of(entries(1, 1, 1, 30), null));
        disk.failForceAfter(0);
        append(wal, Batch.of(entries(2, 2, 1, 30), null));
        disk.kill();

        var again = open(disk, SMALL);
        assertThat(again.recovery().lastIndex()).as("read from the cache").isEqualTo(2);
        disk.powerCut();
        assertThat(open(disk, SMALL).recovery().lastIndex()).isEqualTo(2);
    }

    @Test
    void a_full_disk_refuses_early_and_is_survived() throws Exception {
        disk.setCapacityBytes(40_000);
        WalOptions reserving = SMALL.withReserveBytes(20_000);
        Wal wal = open(disk, reserving).wal();
        long index = 1;
        Appended last = null;
        while (index < 1000
                && !((last = append(wal, Batch.of(entries(index, index, 1, 200), null))) instanceof Appended.NoSpace)) {
            assertThat(last).isInstanceOf(Appended.Done.class);
            index++;
        }
        assertThat(last).isInstanceOf(Appended.NoSpace.class).asString().contains("reserve of 20000");
        assertThat(wal.status().spaceShort()).isTrue();
        assertThat(disk.usedBytes()).isLessThanOrEqualTo(20_000);
        assertThat(view(wal).lastIndex()).isEqualTo(index - 1);

        disk.setCapacityBytes(80_000);
        assertThat(append(wal, Batch.of(entries(index, index, 1, 200), null))).isInstanceOf(Appended.Done.class);
        disk.powerCut();
        assertThat(all(open(disk, reserving).wal())).isEqualTo(entries(1, index, 1, 200));
    }

    @Test
    void a_disk_filled_by_others_while_a_segment_is_made_is_survived_too() throws Exception {
        Wal wal = open(disk, SMALL).wal();
        append(wal, Batch.of(entries(1, 10, 1, 300), null));
        // The prepared segment is of the usual size; the append below needs a larger one.
        disk.setCapacityBytes(disk.usedBytes() + 1000);
        assertThat(append(wal, Batch.of(entries(11, 11, 1, 9000), null))).isInstanceOf(Appended.NoSpace.class);
        disk.setCapacityBytes(Long.MAX_VALUE);
        assertThat(append(wal, Batch.of(entries(11, 11, 1, 9000), null))).isInstanceOf(Appended.Done.class);
        disk.powerCut();
        assertThat(view(open(disk, SMALL).wal()).lastIndex()).isEqualTo(11);
    }

    @Test
    void the_log_of_another_node_is_refused() throws Exception {
        open(disk, SMALL).wal().close();

        assertThatThrownBy(() -> Wal.open(
                        disk,
                        DIRECTORY,
                        new StorageIdentity(IDENTITY.clusterId(), 8),
                        SMALL,
                        List.of(),
                        Runnable::run,
                        Recovery.Progress.SILENT))
                .isInstanceOf(StorageRefusedException.class)
                .hasMessageContaining("belongs to cluster c1 node 7, not to cluster c1 node 8");
    }

    @Test
    void a_missing_segment_is_refused_wherever_it_is() throws Exception {
        Wal wal = open(disk, SMALL).wal();
        for (int i = 1; i <= 40; i++) {
            append(wal, Batch.of(entries(i, i, 1, 300), hard(1, 1, i)));
        }
        wal.close();
        List<String> names = disk.list(DIRECTORY);
        assertThat(names).hasSizeGreaterThan(3);
        for (String name : names) {
            SimulatedDisk copy = disk.copy(new SplittableRandom(1));
            copy.delete(DIRECTORY.resolve(name));
            assertThatThrownBy(() -> open(copy, SMALL)).as(name).isInstanceOf(StorageRefusedException.class);
        }
    }

    @Test
    void a_segment_is_prepared_in_the_background_or_in_need_at_once() throws Exception {
        var tasks = new ArrayDeque<Runnable>();
        Wal wal = Wal.open(disk, DIRECTORY, IDENTITY, SMALL, List.of(), tasks::add, Recovery.Progress.SILENT, () -> 5)
                .wal();
        assertThat(tasks).hasSize(1);
        for (int i = 1; i <= 40; i++) {
            assertThat(append(wal, Batch.of(entries(i, i, 1, 300), null))).isInstanceOf(Appended.Done.class);
            if (i == 20) {
                tasks.forEach(Runnable::run);
            }
        }
        wal.close();
        assertThat(disk.list(DIRECTORY)).doesNotContain(SegmentSupply.PREPARED_NAME);
        assertThat(all(open(disk, SMALL).wal())).isEqualTo(entries(1, 40, 1, 300));
    }

    @Test
    void a_long_log_tells_its_progress() throws Exception {
        Wal wal = open(disk, SMALL.withSegmentBytes(1 << 20)).wal();
        for (int i = 0; i < 40; i++) {
            append(wal, Batch.of(entries(1 + i * 10L, 10 + i * 10L, 1, 50_000), null));
        }
        wal.close();
        List<Long> seen = new ArrayList<>();
        Wal.open(disk, DIRECTORY, IDENTITY, SMALL, List.of(), Runnable::run, (done, total, index) -> seen.add(index));
        assertThat(seen).hasSizeGreaterThan(2).isSorted().endsWith(400L);
    }

    @Test
    void it_works_on_a_real_disk(@TempDir Path directory) throws Exception {
        Files files = new DiskFiles();
        WalOptions options = new WalOptions(64 * 1024, 0, 10_000, 4096);
        Path at = directory.resolve("wal");
        var opened = Wal.open(files, at, IDENTITY, options, List.of(), Runnable::run, Recovery.Progress.SILENT);
        for (int i = 0; i < 100; i++) {
            append(opened.wal(), Batch.of(entries(1 + i * 10L, 10 + i * 10L, 1, 500), hard(1, 1, i)));
        }
        List<Entry> written = all(opened.wal());
        opened.wal().close();

        var again = Wal.open(files, at, IDENTITY, options, List.of(), Runnable::run, Recovery.Progress.SILENT);
        assertThat(all(again.wal())).isEqualTo(written).hasSize(1000);
        assertThat(again.recovery().segments()).isGreaterThan(5);
        append(again.wal(), Batch.of(List.of(entry(1001, 2, "more")), null));
        again.wal().close();
    }

    private static List<Entry> concat(List<Entry> first, List<Entry> second) {
        List<Entry> both = new ArrayList<>(first);
        both.addAll(second);
        return both;
    }
}
