package io.perilune.raft.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FrameDecoderTest {
    private final List<Message> taken = new ArrayList<>();
    private final FrameDecoder decoder =
            new FrameDecoder((type, bytes, length) -> taken.add(Frames.parseMessage(bytes, length)));

    private static Message append(int entries) {
        Message.Builder message = Message.newBuilder()
                .setType(MessageType.MSG_APP)
                .setFrom(1)
                .setTo(2)
                .setTerm(3);
        for (int i = 1; i <= entries; i++) {
            message.addEntries(
                    Entry.newBuilder().setIndex(i).setTerm(3).setData(ByteString.copyFromUtf8("command " + i)));
        }
        return message.build();
    }

    private static byte[] frame(Message message) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        OutgoingFrame frame = new OutgoingFrame(message, new SharedEntries.Recent());
        frame.writeTo(out);
        assertThat(out.size()).isEqualTo(frame.bytes());
        return out.toByteArray();
    }

    @Test
    void a_message_whose_entries_are_encoded_apart_is_read_as_it_was() throws IOException {
        decoder.decode(ByteBuffer.wrap(frame(append(3))));

        assertThat(taken).containsExactly(append(3));
    }

    @Test
    void frames_may_arrive_a_byte_at_a_time() throws IOException {
        for (byte b : frame(append(2))) {
            decoder.decode(ByteBuffer.wrap(new byte[] {b}));
        }
        decoder.decode(ByteBuffer.wrap(frame(append(0))));

        assertThat(taken).containsExactly(append(2), append(0));
    }

    @Test
    void a_frame_larger_than_the_first_allocation_arrives_whole() throws IOException {
        Message large = Message.newBuilder()
                .setContext(ByteString.copyFrom(new byte[3 << 20]))
                .build();
        decoder.decode(ByteBuffer.wrap(frame(large)));

        assertThat(taken).containsExactly(large);
    }

    @Test
    void a_truncated_frame_is_no_frame() throws IOException {
        byte[] whole = frame(append(1));
        for (int length = 0; length < whole.length; length++) {
            new FrameDecoder((type, bytes, count) -> taken.add(Frames.parseMessage(bytes, count)))
                    .decode(ByteBuffer.wrap(Arrays.copyOf(whole, length)));
        }

        assertThat(taken).isEmpty();
    }

    @Test
    void a_flipped_bit_anywhere_is_refused_or_leaves_the_frame_unfinished() throws IOException {
        byte[] whole = frame(append(1));
        for (int at = 0; at < whole.length; at++) {
            byte[] flipped = whole.clone();
            flipped[at] ^= 1;
            FrameDecoder fresh = new FrameDecoder((type, bytes, count) -> taken.add(append(99)));
            try {
                fresh.decode(ByteBuffer.wrap(flipped));
            } catch (IOException refused) {
                assertThat(refused).hasMessageContaining("frame");
            }
        }

        assertThat(taken).isEmpty();
    }

    @Test
    void a_length_over_the_cap_is_refused_before_anything_is_allocated() {
        ByteBuffer header = ByteBuffer.allocate(5)
                .putInt(Frames.PAYLOAD_BYTES_MAX + 1)
                .put(Frames.MESSAGE)
                .flip();

        assertThatThrownBy(() -> decoder.decode(header)).hasMessageContaining("at most");
        assertThatThrownBy(() -> new FrameDecoder((type, bytes, length) -> {})
                        .decode(ByteBuffer.allocate(5)
                                .putInt(-1)
                                .put(Frames.MESSAGE)
                                .flip()))
                .hasMessageContaining("4294967295");
    }

    @Test
    void peers_share_one_encoding_of_the_same_entries() {
        SharedEntries.Recent recent = new SharedEntries.Recent();
        List<Entry> entries = append(5).getEntriesList();

        assertThat(recent.of(List.copyOf(entries))).isSameAs(recent.of(entries));
        assertThat(recent.of(entries.subList(1, 5))).isNotSameAs(recent.of(entries));
    }
}
