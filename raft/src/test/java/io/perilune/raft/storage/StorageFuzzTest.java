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

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.CodedOutputStream;
import io.perilune.raft.sim.SimulatedDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever bytes are in a file, it is read or refused with words for the operator; no other exception, no memory for a
 * length that is only claimed. Each build tries the inputs that are kept; see the module's README for how to look for more.
 */
class StorageFuzzTest {
    private static final int READ_AT_MOST = 1 << 20;
    private static final int ZEROS_BYTES = 1 << 10;

    private static SimulatedDisk disk(String directory, String name, byte[] content) throws IOException {
        SimulatedDisk disk = new SimulatedDisk(new SplittableRandom(1));
        disk.createDirectories(Path.of(directory));
        disk.overwrite(Path.of(directory, name), content);
        return disk;
    }

    static Stream<byte[]> records() throws IOException {
        List<byte[]> made = new ArrayList<>();
        for (LogRecord record : new LogRecord[] {
            new LogRecord.OfEntry(entry(7, 3, "command")),
            new LogRecord.OfHardState(hard(3, 2, 6)),
            new LogRecord.OfMarker(SnapshotMarker.taken(snapshot(5, 1)), LogRecord.MARKER)
        }) {
            byte[] bytes = new byte[1 + record.payloadBytes()];
            bytes[0] = record.type();
            CodedOutputStream out = CodedOutputStream.newInstance(bytes, 1, record.payloadBytes());
            record.encodePayload(out);
            made.add(bytes);
        }
        return made.stream();
    }

    @MethodSource("records")
    @FuzzTest(maxDuration = "60s")
    void a_record(byte[] bytes) {
        if (bytes.length == 0) {
            return;
        }
        try {
            LogRecord.decode(bytes[0], bytes, 1, bytes.length - 1);
        } catch (DamagedException expected) {
            // Named what is wrong.
        }
    }

    static Stream<byte[]> segments() throws Exception {
        SimulatedDisk disk = new SimulatedDisk(new SplittableRandom(1));
        Wal wal = open(disk, SMALL).wal();
        append(wal, Batch.of(entries(1, 6, 1, 100), hard(1, 7, 0)));
        append(wal, Batch.of(SnapshotMarker.taken(snapshot(5, 1))));
        append(wal, Batch.of(entries(6, 9, 2, 100), hard(2, 1, 6)));
        wal.close();
        return Stream.concat(
                disk.list(DIRECTORY).stream()
                        .filter(name -> name.endsWith(".wal"))
                        .map(name -> disk.content(DIRECTORY.resolve(name))),
                records().map(record -> {
                    byte[] shaped = new byte[record.length + 1];
                    shaped[0] = record[0];
                    shaped[1] = (byte) (record.length - 1);
                    System.arraycopy(record, 1, shaped, 2, record.length - 1);
                    return shaped;
                }));
    }

    /** As they are, and as the records of a segment whose checksums are all right. */
    @MethodSource("segments")
    @FuzzTest(maxDuration = "60s")
    void a_segment(byte[] bytes) throws IOException {
        for (byte[] content : new byte[][] {bytes, segmentOf(bytes)}) {
            SimulatedDisk disk = disk(DIRECTORY.toString(), "0000000000000001-0000000000000001.wal", content);
            try {
                Wal.Opened opened = open(disk, SMALL, snapshot(5, 1));
                all(opened.wal());
                opened.wal().close();
            } catch (StorageRefusedException expected) {
                // Named file, offset and what to do.
            }
        }
    }

    /** @param bytes type, length and payload of one record after the other */
    private static byte[] segmentOf(byte[] bytes) {
        ByteBuffer records =
                ByteBuffer.allocate(bytes.length * (LogRecord.HEADER_BYTES + 1)).order(ByteOrder.LITTLE_ENDIAN);
        int count = 0;
        for (int at = 0; at + 1 < bytes.length; count++) {
            int length = Math.min(bytes[at + 1] & 0xff, bytes.length - at - 2);
            int start = records.position();
            records.put(bytes[at]).putInt(length).putInt(0).put(bytes, at + 2, length);
            records.putInt(start + 5, Frame.recordCrc(records.array(), start, length));
            at += 2 + length;
        }
        int size = records.position();
        Frame frame = new Frame(1, 0, size, count, 0);
        byte[] header = frame.encodeHeader(WalHarness.SALT);
        int chain = frame.chainAfterHeader(header, 0);
        for (int at = 0; at < size; ) {
            chain = Frame.chainAfterRecord(chain, records.array(), at);
            at += LogRecord.HEADER_BYTES + Frame.getInt(records.array(), at + 1);
        }
        int total = SegmentHead.BYTES + Frame.OVERHEAD_BYTES + size + ZEROS_BYTES;
        return ByteBuffer.allocate(total)
                .put(new SegmentHead(1, 1, total, IDENTITY, WalHarness.SALT, 1, 0).encode())
                .put(header)
                .put(records.array(), 0, size)
                .put(frame.encodeEnd(chain))
                .array();
    }

    static Stream<byte[]> snapshots() throws Exception {
        SimulatedDisk disk = new SimulatedDisk(new SplittableRandom(1));
        SnapshotStore store = SnapshotStore.open(disk, Path.of("/made"), IDENTITY);
        try (var writer = store.write(snapshot(10, 1))) {
            writer.write("a state".getBytes(StandardCharsets.US_ASCII));
            writer.commit();
        }
        return disk.list(Path.of("/made")).stream().map(name -> disk.content(Path.of("/made", name)));
    }

    @MethodSource("snapshots")
    @FuzzTest(maxDuration = "60s")
    void a_snapshot(byte[] bytes) throws IOException {
        String directory = "/data/snapshots";
        for (String name : new String[] {
            "0000000000000001-000000000000000a.snap", "0000000000000001-000000000000000a.snap.receiving"
        }) {
            SimulatedDisk disk = disk(directory, name, bytes);
            try {
                SnapshotStore store = SnapshotStore.open(disk, Path.of(directory), IDENTITY);
                store.verifyAll();
                try (var incoming = store.receive(snapshot(10, 1), bytes.length + 1L)) {
                    incoming.offset();
                }
                var reader = store.read(1, 10);
                if (reader.isPresent()) {
                    try (var open = reader.get()) {
                        open.state().readNBytes(READ_AT_MOST);
                    }
                }
            } catch (StorageRefusedException | IOException expected) {
                // Named the file.
            }
        }
    }

    static Stream<byte[]> identities() {
        return Stream.of(IdentityFile.encode(IDENTITY).getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("identities")
    @FuzzTest(maxDuration = "60s")
    void an_identity(byte[] bytes) {
        try {
            IdentityFile.decode(new String(bytes, StandardCharsets.UTF_8));
        } catch (DamagedException expected) {
            // Named what is wrong.
        }
    }
}
