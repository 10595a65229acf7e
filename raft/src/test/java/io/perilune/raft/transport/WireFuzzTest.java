package io.perilune.raft.transport;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.ByteString;
import io.perilune.raft.proto.ConfState;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;
import io.perilune.raft.proto.Snapshot;
import io.perilune.raft.proto.SnapshotMetadata;
import io.perilune.raft.sim.SimulatedDisk;
import io.perilune.raft.storage.SnapshotStore;
import io.perilune.raft.storage.StorageIdentity;
import io.perilune.raft.storage.StorageRefusedException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a peer sends, it is taken or it is an IOException, which ends the connection and nothing else. */
class WireFuzzTest {
    private static final long FILE_BYTES = 4_096;

    private static SnapshotStore store() throws StorageRefusedException {
        return SnapshotStore.open(
                new SimulatedDisk(new SplittableRandom(1)), Path.of("/data/snapshots"), new StorageIdentity(1, 2));
    }

    private static Message message() {
        return Message.newBuilder()
                .setType(MessageType.MSG_APP)
                .setFrom(1)
                .setTo(2)
                .setTerm(3)
                .addEntries(Entry.newBuilder().setIndex(4).setTerm(3).setData(ByteString.copyFromUtf8("command")))
                .build();
    }

    static Stream<byte[]> messages() throws IOException {
        ByteArrayOutputStream framed = new ByteArrayOutputStream();
        new OutgoingFrame(message(), new SharedEntries.Recent()).writeTo(framed);
        return Stream.of(framed.toByteArray(), message().toByteArray());
    }

    @MethodSource("messages")
    @FuzzTest(maxDuration = "60s")
    void frames(byte[] bytes) {
        for (byte[] stream : new byte[][] {bytes, framed(bytes)}) {
            try {
                new FrameDecoder((type, content, length) -> Frames.parseMessage(content, length))
                        .decode(ByteBuffer.wrap(stream));
            } catch (IOException expected) {
                // Ends the link.
            }
        }
    }

    private static byte[] framed(byte[] payload) {
        byte type = payload.length == 0 ? 0 : payload[0];
        ByteBuffer frame = ByteBuffer.allocate(Frames.HEADER_BYTES + payload.length + Frames.TRAILER_BYTES);
        byte[] whole = frame.array();
        Frames.putInt(whole, 0, payload.length);
        whole[4] = type;
        System.arraycopy(payload, 0, whole, Frames.HEADER_BYTES, payload.length);
        Frames.putInt(whole, Frames.HEADER_BYTES + payload.length, Frames.checksum(type, payload, payload.length));
        return whole;
    }

    static Stream<byte[]> heads() {
        return Stream.of("HTTP/1.1 101 Switching Protocols\r\nPerilune-Node: 2\r\nContent-Length: 0\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII));
    }

    @MethodSource("heads")
    @FuzzTest(maxDuration = "60s")
    void the_head_of_a_response(byte[] bytes) {
        try {
            ResponseHead head = ResponseHead.read(new ByteArrayInputStream(bytes));
            head.header("perilune-node");
        } catch (IOException expected) {
            // Ends the attempt.
        }
    }

    static Stream<byte[]> snapshotMessages() {
        Message message = message().toBuilder()
                .setType(MessageType.MSG_SNAP)
                .setSnapshot(Snapshot.newBuilder()
                        .setMetadata(SnapshotMetadata.newBuilder().setIndex(10).setTerm(1)))
                .build();
        return Stream.of(Base64.getEncoder().encode(message.toByteArray()));
    }

    @MethodSource("snapshotMessages")
    @FuzzTest(maxDuration = "60s")
    void the_message_of_a_snapshot(byte[] bytes) {
        try {
            SnapshotPost.message(new String(bytes, StandardCharsets.ISO_8859_1), 1, 2);
        } catch (IOException expected) {
            // Answered with 400.
        }
    }

    static Stream<byte[]> chunks() {
        byte[] content = "chunk".getBytes(StandardCharsets.US_ASCII);
        CRC32C crc = new CRC32C();
        crc.update(content);
        return Stream.of(ByteBuffer.allocate(17)
                .putInt(5)
                .put(content)
                .putInt((int) crc.getValue())
                .putInt(0)
                .array());
    }

    @MethodSource("chunks")
    @FuzzTest(maxDuration = "60s")
    void the_chunks_of_a_snapshot(byte[] bytes) throws StorageRefusedException {
        SnapshotMetadata metadata = SnapshotMetadata.newBuilder()
                .setIndex(10)
                .setTerm(1)
                .setConfState(ConfState.newBuilder().addVoters(1))
                .build();
        try {
            SnapshotPost.receive(new ByteArrayInputStream(bytes), store(), metadata, FILE_BYTES, 0);
        } catch (IOException expected) {
            // Answered with 400.
        }
    }

    static Stream<byte[]> addresses() {
        return Stream.of("[::1]:7080", "host:1").map(text -> text.getBytes(StandardCharsets.US_ASCII));
    }

    @MethodSource("addresses")
    @FuzzTest(maxDuration = "60s")
    void an_address(byte[] bytes) {
        try {
            Addresses.parse(new String(bytes, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException expected) {
            // Shown to the user.
        }
    }
}
