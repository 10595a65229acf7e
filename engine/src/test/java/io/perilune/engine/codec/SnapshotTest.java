package io.perilune.engine.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.perilune.engine.HistoryBounds;
import io.perilune.engine.Past;
import io.perilune.engine.Seeds;
import io.perilune.engine.proto.SnapshotRecord;
import io.perilune.engine.state.History;
import io.perilune.engine.state.World;
import io.perilune.scripting.Bytes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SnapshotTest {
    private static byte[] written(World world) throws IOException {
        var out = new ByteArrayOutputStream();
        SnapshotWriter.write(world, out);
        return out.toByteArray();
    }

    private static World read(byte[] bytes) throws IOException {
        return SnapshotReader.read(new ByteArrayInputStream(bytes));
    }

    @Test
    void what_is_restored_is_written_again_as_the_same_bytes() throws IOException {
        var random = Seeds.random("snapshot");
        for (var machines = 0; machines < 5; machines++) {
            var world = Worlds.random(random, machines, 50 * machines);
            var bytes = written(world);

            var restored = read(bytes);

            assertThat(written(restored)).isEqualTo(bytes);
            assertThat(restored.index()).isEqualTo(world.index());
            assertThat(restored.time()).isEqualTo(world.time());
            for (var machine : world.machines().values()) {
                var twin = restored.machine(machine.name());
                assertThat(twin.keyspace().bytes()).isEqualTo(machine.keyspace().bytes());
                assertThat(twin.keyspace().firstExpiry())
                        .isEqualTo(machine.keyspace().firstExpiry());
                assertThat(twin.versions()).isEqualTo(machine.versions());
                assertThat(twin.limits()).isEqualTo(machine.limits());
                assertThat(twin.timers().inOrder())
                        .containsExactlyElementsOf(machine.timers().inOrder());
                assertThat(twin.memory().inOrder())
                        .containsExactlyElementsOf(machine.memory().inOrder());
                assertThat(twin.history().inOrder())
                        .containsExactlyElementsOf(machine.history().inOrder());
            }
        }
    }

    @Test
    void what_a_command_did_is_decoded_as_it_was() {
        for (var i = 0; i < 12; i++) {
            var past = Worlds.past("m", i, Bytes.utf8("some" + i));

            assertThat(HistoryCodec.decode("m", HistoryCodec.encode(past))).isEqualTo(past);
        }
    }

    /** A history forgets when it is added to, and at no other time. */
    @Test
    void what_is_due_to_be_forgotten_is_restored_all_the_same() throws IOException {
        var history = History.NONE;
        for (var i = 0; i < 20; i++) {
            history = history.plus(i + 1, i, true, HistoryCodec.encode(Worlds.past("m0", i, Bytes.utf8("x"))));
        }
        var late = Worlds.past("m0", 20, Bytes.utf8("late"));
        var aged = new Past(
                late.index(),
                late.term(),
                10 * HistoryBounds.DEFAULT.millis(),
                late.version(),
                late.atomic(),
                late.undone(),
                late.timer(),
                late.calls(),
                late.writes(),
                late.events(),
                late.log(),
                late.hash(),
                late.undo());
        history = history.plus(aged.index(), aged.time(), true, HistoryCodec.encode(aged));
        var world = Worlds.random(Seeds.random("snapshot aged"), 1, 1);
        var written = written(world.with(world.machine("m0").with(history)));

        assertThat(history.firstCommand()).isGreaterThan(1).isLessThan(aged.index());
        assertThat(written(read(written))).isEqualTo(written);
    }

    /** Which has no history, and is otherwise the same. */
    @Test
    void a_snapshot_of_format_1_is_read() throws IOException {
        var random = Seeds.random("snapshot 1");
        var world = Worlds.random(random, 1, 5);
        var machine = world.machine("m0");
        machine = machine.with(History.restoring(HistoryBounds.DEFAULT, machine.index()));
        var written = written(world.with(machine));

        var restored = read(asFormat1(written));

        assertThat(written(restored)).isEqualTo(written);
    }

    private static byte[] asFormat1(byte[] written) throws IOException {
        var in = new ByteArrayInputStream(written);
        var out = new ByteArrayOutputStream();
        SnapshotRecord record;
        while (!(record = SnapshotRecord.parseDelimitedFrom(in)).hasFooter()) {
            var again = record.toBuilder();
            if (again.hasHeader()) {
                again.getHeaderBuilder().setFormat(1);
            } else if (again.hasMachine()) {
                again.getMachineBuilder().clearHistory().clearForgotten();
            }
            again.build().writeDelimitedTo(out);
        }
        var footer = record.toBuilder();
        var digest = SnapshotReader.sha256().digest(out.toByteArray());
        footer.getFooterBuilder().setSha256(ByteString.copyFrom(digest));
        footer.build().writeDelimitedTo(out);
        return out.toByteArray();
    }

    @Test
    void a_snapshot_cut_anywhere_is_refused() throws IOException {
        var bytes = written(Worlds.random(Seeds.random("snapshot cut"), 2, 8));
        for (var length = 0; length < bytes.length; length++) {
            var cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> read(cut)).as("cut at %d", length).isInstanceOf(IOException.class);
        }
    }

    @Test
    void a_snapshot_with_any_bit_flipped_is_refused() throws IOException {
        var bytes = written(Worlds.random(Seeds.random("snapshot flip"), 2, 8));
        for (var bit = 0; bit < bytes.length * 8; bit++) {
            var flipped = bytes.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> read(flipped)).as("bit %d", bit).isInstanceOf(IOException.class);
        }
    }

    @Test
    void something_after_the_end_is_refused() throws IOException {
        var bytes = written(Worlds.random(Seeds.random("snapshot tail"), 1, 3));

        assertThatThrownBy(() -> read(Arrays.copyOf(bytes, bytes.length + 1)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("follows the end");
    }
}
