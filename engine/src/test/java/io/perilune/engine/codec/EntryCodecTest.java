package io.perilune.engine.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.engine.HistoryBounds;
import io.perilune.engine.Request;
import io.perilune.engine.Seeds;
import io.perilune.engine.codec.Work.FireTimer;
import io.perilune.engine.codec.Work.Submitted;
import io.perilune.engine.codec.Work.Sweep;
import io.perilune.engine.proto.Entry;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Limits;
import io.perilune.scripting.Value;
import io.perilune.scripting.ValueCodec;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EntryCodecTest {
    private static final Bytes ARGUMENT = ValueCodec.encode(new Value.Num(7));

    static List<Work> works() {
        var files = new TreeMap<>(java.util.Map.of("main.lua", Bytes.utf8("--"), "a/b.lua", Bytes.utf8("-- b")));
        var call = new Request.Call("bank", "transfer", ARGUMENT, "key 1", "ann");
        return List.of(
                new Submitted(call),
                new Submitted(new Request.Call("bank", null, ValueCodec.encode(Value.NULL), null, null)),
                new Submitted(new Request.AtomicBatch("bank", List.of(call, call))),
                new Submitted(new Request.Deploy("bank", files, true, null)),
                new Submitted(new Request.Deploy("bank", files, false, 0L)),
                new Submitted(new Request.Activate("bank", 3, 4L)),
                new Submitted(new Request.Activate("bank", 3, null)),
                new Submitted(new Request.SetLimits("bank", Limits.DEFAULT, null)),
                new Submitted(new Request.SetLimits("bank", Limits.DEFAULT, new HistoryBounds(5, 6))),
                new Submitted(new Request.Delete("bank")),
                new FireTimer("bank", "id", 99),
                new Sweep("bank"));
    }

    @ParameterizedTest
    @MethodSource("works")
    void an_entry_reads_back_as_it_was_written(Work work) {
        var instruction = new Instruction(-5, work);

        assertThat(EntryCodec.decode(ByteBuffer.wrap(EntryCodec.encode(instruction))))
                .contains(instruction);
    }

    @ParameterizedTest
    @MethodSource("works")
    void a_cut_or_flipped_entry_is_nonsense_or_another_entry_but_never_an_error(Work work) {
        var bytes = EntryCodec.encode(new Instruction(1, work));
        for (var length = 0; length < bytes.length; length++) {
            decodable(ByteBuffer.wrap(bytes, 0, length));
        }
        for (var bit = 0; bit < bytes.length * 8; bit++) {
            var flipped = bytes.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            decodable(ByteBuffer.wrap(flipped));
        }
    }

    @Test
    void noise_is_nonsense() {
        var random = Seeds.random("entry noise");
        for (var round = 0; round < 20_000; round++) {
            var noise = new byte[random.nextInt(40)];
            random.nextBytes(noise);
            decodable(ByteBuffer.wrap(noise));
        }
        assertThat(EntryCodec.decode(ByteBuffer.allocate(0))).isEmpty();
        assertThat(EntryCodec.decode(ByteBuffer.wrap(new byte[] {1, 2, 3}))).isEmpty();
    }

    /** Decodes, or says that the format is a later one. */
    private static void decodable(ByteBuffer bytes) {
        try {
            assertThat(EntryCodec.decode(bytes)).isNotNull();
        } catch (IllegalStateException later) {
            assertThat(later).hasMessageContaining("later version");
        }
    }

    @Test
    void an_argument_that_is_not_canonical_never_reaches_a_script() {
        var entry = Entry.newBuilder().setFormat(EntryCodec.FORMAT);
        entry.getCallBuilder().setMachine("bank").setArgument(EntryCodec.wrap(Bytes.owned(new byte[] {99})));

        assertThat(EntryCodec.decode(ByteBuffer.wrap(entry.build().toByteArray())))
                .isEmpty();
    }

    @Test
    void limits_below_their_least_value_are_nonsense() {
        var entry = Entry.newBuilder().setFormat(EntryCodec.FORMAT);
        entry.getSetLimitsBuilder()
                .setMachine("bank")
                .setLimits(EntryCodec.message(Limits.DEFAULT).toBuilder().setGas(-1));

        assertThat(EntryCodec.decode(ByteBuffer.wrap(entry.build().toByteArray())))
                .isEmpty();
    }

    @Test
    void an_entry_of_a_later_format_stops_the_node_instead_of_being_passed_over() {
        var entry = Entry.newBuilder().setFormat(EntryCodec.FORMAT + 1).build();

        assertThatThrownBy(() -> EntryCodec.decode(ByteBuffer.wrap(entry.toByteArray())))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("format " + (EntryCodec.FORMAT + 1));
    }
}
