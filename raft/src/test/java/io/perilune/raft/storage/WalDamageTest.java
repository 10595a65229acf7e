package io.perilune.raft.storage;

import static io.perilune.raft.storage.WalHarness.DIRECTORY;
import static io.perilune.raft.storage.WalHarness.SMALL;
import static io.perilune.raft.storage.WalHarness.all;
import static io.perilune.raft.storage.WalHarness.append;
import static io.perilune.raft.storage.WalHarness.entries;
import static io.perilune.raft.storage.WalHarness.hard;
import static io.perilune.raft.storage.WalHarness.open;
import static io.perilune.raft.storage.WalHarness.snapshot;
import static io.perilune.raft.storage.WalHarness.view;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.HardState;
import io.perilune.raft.proto.SnapshotMetadata;
import io.perilune.raft.sim.SimulatedDisk;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever is done to its files, a log has all that was acknowledged, or refuses and names the place. */
class WalDamageTest {
    private static final SnapshotMetadata SNAPSHOT = snapshot(5, 1);

    /** Of the bits of a frame, whose bytes are all damaged elsewhere; {@code -Draft.thorough=true} for each. */
    private static final int BIT_STRIDE = Boolean.getBoolean("raft.thorough") ? 1 : 5;

    private SimulatedDisk disk;
    private List<Entry> acknowledged;
    private HardState hardState;
    private List<String> names;

    /** Three segments, everything forced, with each kind of record in the first and the last. */
    @BeforeEach
    void write_a_log() throws Exception {
        disk = new SimulatedDisk(new SplittableRandom(1));
        Wal wal = open(disk, SMALL).wal();
        append(wal, Batch.of(entries(1, 6, 1, 100), hard(1, 7, 0)));
        append(wal, Batch.of(SnapshotMarker.taken(SNAPSHOT)));
        for (int i = 7; i <= 24; i++) {
            append(wal, Batch.of(entries(i, i, 2, 300), hard(2, 1, Math.min(i - 1, 19))));
        }
        append(wal, Batch.of(entries(20, 22, 3, 300), hard(3, 1, 19)));
        append(wal, Batch.of(entries(23, 25, 3, 250), null));
        acknowledged = all(wal);
        hardState = hard(3, 1, 19);
        wal.close();
        names = segments(disk);
        assertThat(names).hasSize(3);
    }

    private static List<String> segments(SimulatedDisk disk) {
        return disk.list(DIRECTORY).stream()
                .filter(name -> name.endsWith(".wal"))
                .toList();
    }

    private enum Verdict {
        RECOVERED,
        REFUSED
    }

    /** Opens a copy in which one file has this content. */
    private Verdict verdict(String name, byte[] content, String what) {
        SimulatedDisk copy = disk.copy(new SplittableRandom(1));
        Path path = DIRECTORY.resolve(name);
        copy.overwrite(path, content);
        try {
            var opened = open(copy, SMALL, SNAPSHOT);
            assertThat(all(opened.wal())).as(what).isEqualTo(acknowledged);
            assertThat(opened.recovery().hardState()).as(what).isEqualTo(hardState);
            assertStillWorks(copy, opened.wal(), what);
            return Verdict.RECOVERED;
        } catch (StorageRefusedException refused) {
            assertThat(refused).as(what).hasMessageContaining("/data/wal").hasMessageContaining("Nothing was changed");
            assertThat(refused.path().toString()).as(what).startsWith("/data/wal");
            return Verdict.REFUSED;
        }
    }

    private void assertStillWorks(SimulatedDisk copy, Wal wal, String what) throws StorageRefusedException {
        append(wal, Batch.of(entries(26, 26, 4, 50), null));
        copy.powerCut();
        var again = open(copy, SMALL, SNAPSHOT);
        assertThat(view(again.wal()).lastIndex()).as(what).isEqualTo(26);
        assertThat(again.recovery().cut()).as(what).isEmpty();
    }

    @Test
    void a_flipped_bit_at_every_byte_is_harmless_or_refused() {
        int refused = 0;
        for (String name : names) {
            byte[] whole = disk.content(DIRECTORY.resolve(name));
            for (int at = 0; at < whole.length; at++) {
                byte[] flipped = whole.clone();
                flipped[at] ^= (byte) (1 << at % 8);
                Verdict verdict = verdict(name, flipped, name + " flipped at " + at);
                refused += verdict == Verdict.REFUSED ? 1 : 0;
                if (at < SegmentHead.BYTES + Frame.OVERHEAD_BYTES) {
                    assertThat(verdict).as("head of " + name + " at " + at).isEqualTo(Verdict.REFUSED);
                }
            }
        }
        assertThat(refused).isGreaterThan(3 * 2048);
    }

    @Test
    void the_bits_of_the_last_acknowledged_frame_are_guarded() throws Exception {
        String last = names.get(2);
        byte[] whole = disk.content(DIRECTORY.resolve(last));
        int end = endOfFrames(whole);
        for (int bit = 8 * (end - 3 * 270); bit < 8 * end; bit += BIT_STRIDE) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(verdict(last, flipped, "flipped bit " + bit)).isEqualTo(Verdict.REFUSED);
        }
    }

    @Test
    void a_file_cut_at_every_byte_has_everything_or_is_refused() {
        for (String name : names) {
            byte[] whole = disk.content(DIRECTORY.resolve(name));
            int end = endOfFrames(whole);
            for (int length = 0; length < whole.length; length++) {
                Verdict verdict = verdict(name, Arrays.copyOf(whole, length), name + " cut to " + length);
                assertThat(verdict)
                        .as("%s cut to %d, frames end at %d", name, length, end)
                        .isEqualTo(
                                length > end || length == end && !name.equals(names.get(2))
                                        ? Verdict.RECOVERED
                                        : Verdict.REFUSED);
            }
        }
    }

    @Test
    void a_file_that_grew_is_cut_back() {
        for (String name : names) {
            byte[] whole = disk.content(DIRECTORY.resolve(name));
            byte[] longer = Arrays.copyOf(whole, whole.length + 100);
            Arrays.fill(longer, whole.length, longer.length, (byte) 'x');
            assertThat(verdict(name, longer, name)).isEqualTo(Verdict.RECOVERED);
        }
    }

    @Test
    void a_crash_after_every_byte_of_a_write_keeps_what_was_acknowledged_before() throws Exception {
        Path last = DIRECTORY.resolve(names.get(2));
        byte[] before = disk.content(last);
        SimulatedDisk ahead = disk.copy(new SplittableRandom(1));
        append(open(ahead, SMALL, SNAPSHOT).wal(), Batch.of(entries(26, 27, 4, 300), hard(4, 0, 25)));
        byte[] after = ahead.content(last);
        int from = endOfFrames(before);
        int to = endOfFrames(after);
        assertThat(to).isGreaterThan(from + 600);
        for (int written = from; written <= to; written++) {
            byte[] torn = before.clone();
            System.arraycopy(after, from, torn, from, written - from);
            assertTornWriteIsSurvived(last, torn, written == to, "written up to " + written);
        }
    }

    @Test
    void a_crash_that_loses_any_sectors_of_a_write_keeps_what_was_acknowledged_before() throws Exception {
        Path last = DIRECTORY.resolve(names.get(2));
        byte[] before = disk.content(last);
        SimulatedDisk ahead = disk.copy(new SplittableRandom(1));
        append(open(ahead, SMALL, SNAPSHOT).wal(), Batch.of(entries(26, 27, 4, 370), hard(4, 0, 25)));
        byte[] after = ahead.content(last);
        int firstSector = endOfFrames(before) / 512;
        int lastSector = (endOfFrames(after) - 1) / 512;
        int sectors = lastSector - firstSector + 1;
        assertThat(sectors).isBetween(2, 10);
        for (int subset = 0; subset < 1 << sectors; subset++) {
            byte[] torn = before.clone();
            for (int sector = 0; sector < sectors; sector++) {
                if ((subset & 1 << sector) != 0) {
                    System.arraycopy(after, (firstSector + sector) * 512, torn, (firstSector + sector) * 512, 512);
                }
            }
            assertTornWriteIsSurvived(
                    last, torn, subset == (1 << sectors) - 1, "sectors " + Integer.toBinaryString(subset));
        }
    }

    private void assertTornWriteIsSurvived(Path path, byte[] torn, boolean isWhole, String what) throws Exception {
        SimulatedDisk copy = disk.copy(new SplittableRandom(1));
        copy.overwrite(path, torn);
        var opened = open(copy, SMALL, SNAPSHOT);
        List<Entry> expected = new ArrayList<>(acknowledged);
        if (isWhole) {
            assertThat(view(opened.wal()).lastIndex()).as(what).isEqualTo(27);
            return;
        }
        assertThat(all(opened.wal())).as(what).isEqualTo(expected);
        assertThat(opened.recovery().hardState()).as(what).isEqualTo(hardState);
        boolean left = endOfFrames(torn) > endOfFrames(disk.content(path));
        assertThat(opened.recovery().cut().isPresent()).as(what).isEqualTo(left);
        if (left) {
            Recovery.Cut cut = opened.recovery().cut().get();
            assertThat(copy.content(cut.kept()))
                    .as(what)
                    .isEqualTo(Arrays.copyOfRange(torn, (int) cut.offset(), endOfFrames(torn)));
        }
        assertStillWorks(copy, opened.wal(), what);
    }

    @Test
    void damage_before_an_acknowledged_write_is_refused_even_where_a_sector_is_zero() throws Exception {
        Path last = DIRECTORY.resolve(names.get(2));
        byte[] whole = disk.content(last);
        for (int sector = 0; sector * 512 + 512 < endOfFrames(whole) - 1024; sector++) {
            byte[] holed = whole.clone();
            Arrays.fill(holed, sector * 512, sector * 512 + 512, (byte) 0);
            assertThat(verdict(names.get(2), holed, "sector " + sector)).isEqualTo(Verdict.REFUSED);
        }
        for (String name : names.subList(0, 2)) {
            byte[] inner = disk.content(DIRECTORY.resolve(name));
            for (int sector = 0; sector * 512 < endOfFrames(inner); sector++) {
                byte[] holed = inner.clone();
                Arrays.fill(holed, sector * 512, sector * 512 + 512, (byte) 0);
                assertThat(verdict(name, holed, name + " sector " + sector)).isEqualTo(Verdict.REFUSED);
            }
        }
    }

    @Test
    void torn_tails_kept_aside_do_not_pile_up() throws Exception {
        Path last = DIRECTORY.resolve(names.get(2));
        for (int i = 1; i <= 12; i++) {
            byte[] torn = disk.content(last);
            torn[endOfFrames(torn) + 100] = (byte) i;
            disk.overwrite(last, torn);
            Wal.Opened opened = open(disk, SMALL, SNAPSHOT);
            assertThat(disk.content(opened.recovery().cut().orElseThrow().kept()))
                    .endsWith((byte) i);
            append(opened.wal(), Batch.of(List.of(), hard(3 + i, 0, 19)));
            opened.wal().close();
        }
        assertThat(disk.list(DIRECTORY).stream().filter(name -> name.endsWith(".broken")))
                .hasSize(LogReader.BROKEN_KEPT);
    }

    @Test
    void a_refusal_names_file_offset_index_and_what_to_do() {
        byte[] whole = disk.content(DIRECTORY.resolve(names.get(1)));
        whole[2000] ^= 4;
        SimulatedDisk copy = disk.copy(new SplittableRandom(1));
        copy.overwrite(DIRECTORY.resolve(names.get(1)), whole);

        assertThatThrownBy(() -> open(copy, SMALL, SNAPSHOT))
                .isInstanceOfSatisfying(StorageRefusedException.class, refused -> {
                    assertThat(refused.path()).isEqualTo(DIRECTORY.resolve(names.get(1)));
                    assertThat(refused.offset()).isBetween(1500L, 2000L);
                    assertThat(refused.index()).isBetween(8L, 20L);
                })
                .hasMessageContaining("later segments follow")
                .hasMessageContaining("join as a new member");
    }

    @Test
    void a_command_that_looks_like_a_part_of_the_log_does_not_keep_a_torn_tail_from_being_cut() throws Exception {
        Path last = DIRECTORY.resolve(names.get(2));
        byte[] before = disk.content(last);
        // A frame as an outsider would forge one: all right but for the salt, claiming that everything was forced.
        byte[] forged = new Frame(Long.MAX_VALUE, Long.MAX_VALUE - 1, 0, 0, 0).encodeHeader(WalHarness.SALT + 1);
        Entry hostile = Entry.newBuilder()
                .setIndex(26)
                .setTerm(4)
                .setData(com.google.protobuf.ByteString.copyFrom(repeat(forged, 20)))
                .build();
        SimulatedDisk ahead = disk.copy(new SplittableRandom(1));
        append(open(ahead, SMALL, SNAPSHOT).wal(), Batch.of(List.of(hostile), null));
        byte[] torn = ahead.content(last);
        int from = endOfFrames(before);
        Arrays.fill(torn, from, (from / 512 + 1) * 512, (byte) 0);

        assertTornWriteIsSurvived(last, torn, false, "hostile");
    }

    @Test
    void zeros_in_a_command_do_not_make_a_flipped_bit_look_torn() throws Exception {
        Wal wal = open(disk, SMALL, SNAPSHOT).wal();
        append(wal, Batch.of(entries(26, 27, 4, 10), null));
        Entry zeros = Entry.newBuilder()
                .setIndex(28)
                .setTerm(4)
                .setData(com.google.protobuf.ByteString.copyFrom(new byte[1200]))
                .build();
        Entry text = entries(29, 29, 4, 100).get(0);
        append(wal, Batch.of(List.of(zeros, text), null));
        wal.close();
        String last = segments(disk).get(segments(disk).size() - 1);
        Path path = DIRECTORY.resolve(last);
        byte[] whole = disk.content(path);
        int end = endOfFrames(whole);
        for (int at = end - 110; at < end; at++) {
            byte[] flipped = whole.clone();
            flipped[at] ^= 8;
            SimulatedDisk copy = disk.copy(new SplittableRandom(1));
            copy.overwrite(path, flipped);
            try {
                open(copy, SMALL, SNAPSHOT);
                fail("lost entry 29 with a bit flipped at %d", at);
            } catch (StorageRefusedException refused) {
                assertThat(refused).hasMessageContaining("no torn write explains");
            }
        }
    }

    @Test
    void noise_is_refused_without_running_out_of_memory() {
        var random = new SplittableRandom(42);
        for (int round = 0; round < 300; round++) {
            byte[] noise = disk.content(DIRECTORY.resolve(names.get(2)));
            int from = random.nextInt(noise.length);
            int to = from + random.nextInt(noise.length - from);
            for (int at = from; at < to; at++) {
                noise[at] = (byte) random.nextInt();
            }
            verdictOfNoise(noise, from, to);
        }
    }

    private void verdictOfNoise(byte[] noise, int from, int to) {
        int end = endOfFrames(disk.content(DIRECTORY.resolve(names.get(2))));
        if (from >= end) {
            // Noise behind the last frame is neither a torn write nor a loss: both answers are right.
            verdict(names.get(2), noise, "noise in " + from + ".." + to);
        } else if (to > from + 4) {
            assertThat(verdict(names.get(2), noise, "noise in " + from + ".." + to))
                    .isEqualTo(Verdict.REFUSED);
        }
    }

    @Test
    void a_text_file_with_the_name_of_a_segment_is_refused() {
        byte[] text = "hello, this is not a log at all; it only has the name of one"
                .repeat(9)
                .getBytes(StandardCharsets.UTF_8);
        assertThat(verdict(names.get(1), text, "text")).isEqualTo(Verdict.REFUSED);
    }

    private static byte[] repeat(byte[] bytes, int times) {
        byte[] many = new byte[bytes.length * times];
        for (int i = 0; i < times; i++) {
            System.arraycopy(bytes, 0, many, i * bytes.length, bytes.length);
        }
        return many;
    }

    /** Behind the last byte that is not zero, the seal aside. */
    private static int endOfFrames(byte[] content) {
        int end = content.length - SegmentSeal.BYTES;
        while (content[end - 1] == 0) {
            end--;
        }
        return end;
    }
}
