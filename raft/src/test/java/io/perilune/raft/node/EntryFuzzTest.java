package io.perilune.raft.node;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.perilune.raft.proto.ConfChange;
import io.perilune.raft.proto.ConfChangeType;
import io.perilune.raft.proto.ConfChangeV2;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.EntryType;
import io.perilune.raft.sim.SimulatedDisk;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** What the server reads inside of entries, snapshots and its list of peers, of which it cannot know who wrote them. */
class EntryFuzzTest {
    static Stream<byte[]> entries() {
        ConfChangeV2.Builder change =
                ConfChangeV2.newBuilder().setContext(ByteString.copyFromUtf8("4=a:7080|a:7070|2,5=b:7080"));
        change.addChangesBuilder().setType(ConfChangeType.ADD_NODE).setNodeId(4);
        ConfChange old = ConfChange.newBuilder()
                .setType(ConfChangeType.ADD_NODE)
                .setNodeId(4)
                .setContext(ByteString.copyFromUtf8("4=a:7080"))
                .build();
        return Stream.of(
                Entry.newBuilder()
                        .setIndex(4)
                        .setTerm(1)
                        .setType(EntryType.CONF_CHANGE_V2)
                        .setData(change.build().toByteString())
                        .build()
                        .toByteArray(),
                Entry.newBuilder()
                        .setIndex(4)
                        .setTerm(1)
                        .setType(EntryType.CONF_CHANGE)
                        .setData(old.toByteString())
                        .build()
                        .toByteArray());
    }

    @MethodSource("entries")
    @FuzzTest(maxDuration = "60s")
    void an_entry(byte[] bytes) {
        try {
            Entry entry = Entry.parseFrom(bytes);
            if (Proposals.isReadable(entry)) {
                Proposals.tag(entry);
                if (entry.getType() != EntryType.NORMAL) {
                    MemberChanges.places(Proposals.confChange(entry));
                }
            }
        } catch (InvalidProtocolBufferException expected) {
            // Not an entry.
        }
        Tag.of(ByteString.copyFrom(bytes));
    }

    static Stream<byte[]> members() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new Roster(new TreeMap<>(Map.of(1L, new Roster.Place("a:7080", "a:7070"))), new TreeSet<>(Set.of(3L)))
                .writeTo(new DataOutputStream(out));
        return Stream.of(out.toByteArray());
    }

    @MethodSource("members")
    @FuzzTest(maxDuration = "60s")
    void the_members_in_a_snapshot(byte[] bytes) {
        try {
            Roster.readFrom(new DataInputStream(new ByteArrayInputStream(bytes)));
        } catch (IOException expected) {
            // Named what is wrong.
        }
    }

    static Stream<byte[]> peers() {
        return Stream.of(
                "1 perilune mark 0123456789abcdef\npeer 2 fedcba9876543210\n".getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("peers")
    @FuzzTest(maxDuration = "60s")
    void the_peers(byte[] bytes) {
        Path directory = Path.of("/data");
        String body = new String(bytes, StandardCharsets.UTF_8);
        String right = body + "crc " + Acquaintances.crc(body) + "\n";
        for (byte[] content : new byte[][] {bytes, right.getBytes(StandardCharsets.UTF_8)}) {
            SimulatedDisk disk = new SimulatedDisk(new SplittableRandom(1));
            try {
                disk.createDirectories(directory);
                disk.overwrite(directory.resolve("peers"), content);
                Acquaintances.open(disk, directory, () -> 1);
            } catch (IOException expected) {
                // Named the file and what to do.
            }
        }
    }
}
