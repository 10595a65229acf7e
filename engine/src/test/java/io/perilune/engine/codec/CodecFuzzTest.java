package io.perilune.engine.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.perilune.engine.Reply;
import io.perilune.engine.Request;
import io.perilune.engine.Values;
import io.perilune.scripting.Bytes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** What is in a log entry or a snapshot is read, or is nothing, or refused with words; never another exception. */
class CodecFuzzTest {
    static Stream<byte[]> entries() {
        var call = new Request.Call("m", "put", Values.of(Map.of("key", 1)), "key-1", "ann");
        var files = new TreeMap<>(Map.of("main.lua", Bytes.utf8("function apply() end")));
        return Stream.of(
                        call,
                        new Request.AtomicBatch("m", List.of(call, call)),
                        new Request.Deploy("m", files, true, 3L),
                        new Request.Activate("m", 2, null),
                        new Request.Delete("m"))
                .map(request -> EntryCodec.encode(new Instruction(7, new Work.Submitted(request))));
    }

    @MethodSource("entries")
    @FuzzTest(maxDuration = "60s")
    void an_entry(byte[] bytes) {
        try {
            EntryCodec.decode(ByteBuffer.wrap(bytes)).ifPresent(read -> {
                var again = EntryCodec.decode(ByteBuffer.wrap(EntryCodec.encode(read)));
                assertThat(again).contains(read);
            });
        } catch (IllegalStateException later) {
            assertThat(later).hasMessageContaining("later version of Perilune");
        }
    }

    static Stream<byte[]> snapshots() throws IOException {
        var out = new ByteArrayOutputStream();
        SnapshotWriter.write(Worlds.random(new Random(1), 2, 8), out);
        return Stream.of(out.toByteArray());
    }

    @MethodSource("snapshots")
    @FuzzTest(maxDuration = "60s")
    void a_snapshot(byte[] bytes) {
        try {
            SnapshotReader.read(new ByteArrayInputStream(bytes));
        } catch (IOException expected) {
            // Names what is wrong.
        }
    }

    static Stream<byte[]> replies() {
        var receipt = new Reply.Receipt("m", 1, 2, 3, 4, 5, 6, 7, false);
        return Stream.of(
                        new Reply.Done(receipt, Values.of(Map.of("a", 1))),
                        new Reply.Rejected(receipt, "CODE", "words", Values.of(1), 409, "main.lua:1"),
                        new Reply.Failed(receipt, "words", "main.lua:1", "traceback"))
                .map(reply -> ReplyCodec.encode(reply).lend());
    }

    @MethodSource("replies")
    @FuzzTest(maxDuration = "60s")
    void a_remembered_reply(byte[] bytes) {
        try {
            ReplyCodec.decode("m", Bytes.owned(bytes.clone()));
        } catch (IllegalArgumentException expected) {
            // Makes the snapshot a damaged one.
        }
    }
}
