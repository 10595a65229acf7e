package io.perilune.raft.storage;

import static io.perilune.raft.storage.WalHarness.snapshot;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.raft.proto.SnapshotMetadata;
import io.perilune.raft.sim.SimulatedDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotStoreTest {
    private static final Path DIRECTORY = Path.of("/data/snapshots");
    private static final StorageIdentity IDENTITY = new StorageIdentity(5, 1);

    private final SimulatedDisk disk = new SimulatedDisk(new SplittableRandom(1));

    private static SnapshotStore open(Files files) throws StorageRefusedException {
        return SnapshotStore.open(files, DIRECTORY, IDENTITY);
    }

    private static byte[] state(int bytes, long seed) {
        byte[] state = new byte[bytes];
        var random = new SplittableRandom(seed);
        for (int i = 0; i < bytes; i++) {
            state[i] = (byte) random.nextInt();
        }
        return state;
    }

    private static void write(SnapshotStore store, SnapshotMetadata metadata, byte[] state) throws IOException {
        try (var writer = store.write(metadata)) {
            writer.write(state);
            writer.commit();
        }
    }

    private static byte[] read(SnapshotStore store, SnapshotMetadata metadata) throws IOException {
        try (var reader = store.read(metadata.getTerm(), metadata.getIndex()).orElseThrow()) {
            assertThat(reader.metadata()).isEqualTo(metadata);
            return reader.state().readAllBytes();
        }
    }

    private static byte[] file(SnapshotStore store, SnapshotMetadata metadata) throws IOException {
        try (var reader = store.read(metadata.getTerm(), metadata.getIndex()).orElseThrow()) {
            ByteBuffer whole = ByteBuffer.allocate((int) reader.fileBytes());
            assertThat(reader.readFile(whole, 0)).isEqualTo(whole.capacity());
            return whole.array();
        }
    }

    @Test
    void what_was_committed_is_read_back_after_a_power_cut() throws Exception {
        for (int bytes : new int[] {0, 1, 262_143, 262_144, 262_145, 900_000}) {
            SnapshotMetadata metadata = snapshot(10 + bytes, 3);
            write(open(disk), metadata, state(bytes, bytes));
            disk.powerCut();

            SnapshotStore again = open(disk);
            assertThat(again.verifyAll()).first().isEqualTo(metadata);
            assertThat(read(again, metadata)).isEqualTo(state(bytes, bytes));
        }
    }

    @Test
    void single_bytes_make_the_same_file_as_large_pieces() throws Exception {
        byte[] state = state(300_000, 4);
        SnapshotStore store = open(disk);
        write(store, snapshot(1, 1), state);
        byte[] atOnce = file(store, snapshot(1, 1));
        SimulatedDisk other = new SimulatedDisk(new SplittableRandom(2));
        SnapshotStore second = open(other);
        try (var writer = second.write(snapshot(1, 1))) {
            for (byte each : state) {
                writer.write(each);
            }
            assertThat(writer.stateBytes()).isEqualTo(300_000);
            writer.commit();
        }
        assertThat(file(second, snapshot(1, 1))).isEqualTo(atOnce);
    }

    @Test
    void what_was_not_committed_leaves_nothing() throws Exception {
        SnapshotStore store = open(disk);
        try (var writer = store.write(snapshot(9, 1))) {
            writer.write(state(1000, 1));
        }
        store.write(snapshot(10, 1)).write(state(400_000, 2));
        disk.kill();

        assertThat(open(disk).verifyAll()).isEmpty();
        assertThat(disk.list(DIRECTORY)).isEmpty();
    }

    @Test
    void a_file_cut_at_any_byte_or_with_any_bit_flipped_is_set_aside() throws Exception {
        SnapshotStore store = open(disk);
        SnapshotMetadata metadata = snapshot(70, 2);
        write(store, snapshot(60, 2), state(10, 1));
        write(store, metadata, state(1500, 7));
        byte[] whole = file(store, metadata);
        for (int at = 0; at < whole.length; at++) {
            assertSetAside(metadata, Arrays.copyOf(whole, at), "cut at " + at);
            for (int bit = 0; bit < 8; bit += 3) {
                byte[] flipped = whole.clone();
                flipped[at] ^= (byte) (1 << bit);
                assertSetAside(metadata, flipped, "bit " + bit + " flipped at " + at);
            }
        }
        assertSetAside(metadata, Arrays.copyOf(whole, whole.length + 1), "one byte longer");
    }

    private void assertSetAside(SnapshotMetadata metadata, byte[] content, String what) throws Exception {
        SimulatedDisk copy = disk.copy(new SplittableRandom(1));
        Path path = DIRECTORY.resolve("0000000000000002-0000000000000046.snap");
        assertThat(copy.exists(path)).isTrue();
        copy.overwrite(path, content);
        SnapshotStore store;
        try {
            store = open(copy);
        } catch (StorageRefusedException foreign) {
            throw new AssertionError(what, foreign);
        }
        assertThat(store.verifyAll()).as(what).containsExactly(snapshot(60, 2));
        assertThat(store.damaged()).as(what).singleElement().asString().contains("46.snap at offset ");
        assertThat(store.read(metadata.getTerm(), metadata.getIndex())).as(what).isEmpty();
        assertThat(copy.list(DIRECTORY)).as(what).anyMatch(name -> name.endsWith(".broken"));
    }

    @Test
    void damage_found_while_reading_is_an_error_and_never_wrong_bytes() throws Exception {
        SnapshotStore store = open(disk);
        byte[] state = state(600_000, 3);
        write(store, snapshot(5, 1), state);
        Path path = DIRECTORY.resolve("0000000000000001-0000000000000005.snap");
        byte[] whole = disk.content(path);
        whole[400_000] ^= 1;
        disk.overwrite(path, whole);

        try (var reader = store.read(1, 5).orElseThrow()) {
            var stream = reader.state();
            assertThat(stream.readNBytes(262_144)).isEqualTo(Arrays.copyOf(state, 262_144));
            assertThatThrownBy(stream::readAllBytes)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("05.snap at offset 262")
                    .hasMessageContaining("wrong checksum");
        }
    }

    @Test
    void what_the_log_knows_is_kept_and_none_that_is_being_read_is_deleted() throws Exception {
        SnapshotStore store = open(disk);
        for (long index = 1; index <= 4; index++) {
            write(store, snapshot(index, 1), state(100, index));
        }
        try (var held = store.read(1, 1).orElseThrow()) {
            store.prune(List.of(snapshot(2, 1), snapshot(3, 1)));
            assertThat(disk.list(DIRECTORY))
                    .as("4 waits for its marker, 1 is held")
                    .hasSize(4);
            assertThat(held.state().readAllBytes()).isEqualTo(state(100, 1));
        }
        store.prune(List.of(snapshot(3, 1), snapshot(4, 1)));
        assertThat(store.verifyAll()).containsExactly(snapshot(4, 1), snapshot(3, 1));
    }

    @Test
    void a_snapshot_without_a_marker_is_dropped_at_start() throws Exception {
        SnapshotStore store = open(disk);
        for (long index = 1; index <= 3; index++) {
            write(store, snapshot(index, 1), state(100, index));
        }
        store.keepOnly(List.of(snapshot(1, 1), snapshot(2, 1)));

        assertThat(open(disk).newest()).contains(snapshot(2, 1));
    }

    @Test
    void a_snapshot_of_another_cluster_is_refused() throws Exception {
        write(open(disk), snapshot(1, 1), state(10, 1));

        assertThatThrownBy(() -> SnapshotStore.open(disk, DIRECTORY, new StorageIdentity(6, 1)))
                .isInstanceOf(StorageRefusedException.class)
                .hasMessageContaining("belongs to cluster 5, not to cluster 6 node 1");
    }

    @Test
    void receiving_goes_on_where_it_broke_off_whatever_a_crash_left() throws Exception {
        SnapshotMetadata metadata = snapshot(80, 4);
        SnapshotStore sender = open(new SimulatedDisk(new SplittableRandom(9)));
        write(sender, metadata, state(1_200_000, 11));
        byte[] whole = file(sender, metadata);
        for (int seed = 1; seed <= 60; seed++) {
            var random = new SplittableRandom(seed);
            SimulatedDisk receiving = new SimulatedDisk(random.split());
            int attempts = 0;
            long best = 0;
            while (open(receiving).newest().isEmpty()) {
                assertThat(++attempts).as("seed %d", seed).isLessThan(200);
                var incoming = open(receiving).receive(metadata, whole.length);
                if (attempts % 3 != 0) {
                    assertThat(incoming.offset()).as("seed %d", seed).isLessThanOrEqualTo(best);
                }
                best = receive(incoming, whole, random);
                if (random.nextBoolean()) {
                    receiving.kill();
                } else {
                    receiving.powerCut();
                }
            }
            assertThat(read(open(receiving), metadata)).as("seed %d", seed).isEqualTo(state(1_200_000, 11));
        }
    }

    private static long receive(SnapshotStore.Incoming incoming, byte[] whole, SplittableRandom random)
            throws IOException {
        int pieces = random.nextInt(40);
        while (pieces-- > 0 && incoming.offset() < whole.length) {
            int length = Math.min(whole.length - (int) incoming.offset(), 1 + random.nextInt(60_000));
            incoming.write(ByteBuffer.wrap(whole, (int) incoming.offset(), length), incoming.offset());
        }
        long offset = incoming.offset();
        if (offset == whole.length) {
            incoming.commit();
        } else if (random.nextBoolean()) {
            incoming.close();
        }
        return offset;
    }

    @Test
    void a_snapshot_damaged_on_the_way_is_refused_and_forgotten() throws Exception {
        SnapshotMetadata metadata = snapshot(80, 4);
        SnapshotStore sender = open(new SimulatedDisk(new SplittableRandom(9)));
        write(sender, metadata, state(700, 11));
        byte[] whole = file(sender, metadata);
        SnapshotStore receiver = open(disk);
        for (int at = 0; at < whole.length; at++) {
            byte[] flipped = whole.clone();
            flipped[at] ^= 2;
            var incoming = receiver.receive(metadata, whole.length);
            assertThat(incoming.offset()).isZero();
            incoming.write(ByteBuffer.wrap(flipped), 0);
            assertThatThrownBy(incoming::commit).isInstanceOf(IOException.class);
            assertThat(receiver.newest()).isEmpty();
        }
        assertThat(disk.list(DIRECTORY)).isEmpty();
    }

    @Test
    void another_snapshot_than_announced_is_refused() throws Exception {
        SnapshotStore sender = open(new SimulatedDisk(new SplittableRandom(9)));
        write(sender, snapshot(80, 4), state(700, 11));
        byte[] whole = file(sender, snapshot(80, 4));
        var incoming = open(disk).receive(snapshot(81, 4), whole.length);
        assertThatThrownBy(() -> incoming.write(ByteBuffer.wrap(whole), 1)).hasMessageContaining("at 0 expected");
        incoming.write(ByteBuffer.wrap(whole), 0);
        assertThatThrownBy(incoming::commit).hasMessageContaining("another snapshot than announced");
    }

    @Test
    void nothing_is_built_on_a_received_part_whose_force_failed() throws Exception {
        SnapshotMetadata metadata = snapshot(80, 4);
        SnapshotStore sender = open(new SimulatedDisk(new SplittableRandom(9)));
        write(sender, metadata, state(700, 11));
        byte[] whole = file(sender, metadata);
        SnapshotStore receiver = open(disk);
        var incoming = receiver.receive(metadata, whole.length);
        incoming.write(ByteBuffer.wrap(whole), 0);
        disk.failForceAfter(0);
        assertThatThrownBy(incoming::commit).isInstanceOf(IOException.class);

        var again = receiver.receive(metadata, whole.length);
        assertThat(again.offset()).isZero();
        again.write(ByteBuffer.wrap(whole), 0);
        again.commit();
        disk.powerCut();
        assertThat(open(disk).verifyAll()).containsExactly(metadata);
    }

    @Test
    void a_failed_force_makes_no_snapshot() throws Exception {
        SnapshotStore store = open(disk);
        disk.failForceAfter(0);
        assertThatThrownBy(() -> write(store, snapshot(1, 1), state(100, 1))).isInstanceOf(IOException.class);
        assertThat(store.newest()).isEmpty();
        assertThat(disk.list(DIRECTORY)).isEmpty();
    }

    @Test
    void it_works_on_a_real_disk_from_several_threads(@TempDir Path directory) throws Exception {
        SnapshotStore store = SnapshotStore.open(new DiskFiles(), directory.resolve("snapshots"), IDENTITY);
        write(store, snapshot(1, 1), state(2_000_000, 1));
        Thread writer = new Thread(() -> {
            try {
                for (long index = 2; index < 12; index++) {
                    write(store, snapshot(index, 1), state(300_000, index));
                    store.prune(List.of(snapshot(index - 1, 1), snapshot(index, 1)));
                }
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        });
        try (var reader = store.read(1, 1).orElseThrow()) {
            writer.start();
            assertThat(reader.state().readAllBytes()).isEqualTo(state(2_000_000, 1));
            writer.join();
        }
        store.prune(List.of(snapshot(10, 1), snapshot(11, 1)));
        assertThat(store.verifyAll()).containsExactly(snapshot(11, 1), snapshot(10, 1));
    }
}
