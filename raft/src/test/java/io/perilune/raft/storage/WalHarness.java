package io.perilune.raft.storage;

import com.google.protobuf.ByteString;
import io.perilune.raft.core.LogStorage;
import io.perilune.raft.proto.ConfState;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.HardState;
import io.perilune.raft.proto.SnapshotMetadata;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The words the tests of the log speak. */
final class WalHarness {
    static final Path DIRECTORY = Path.of("/data/wal");
    static final StorageIdentity IDENTITY = new StorageIdentity(0xC1, 7);
    static final WalOptions SMALL = new WalOptions(4096, 0, 1 << 20, 1024);
    static final long SALT = 0x0123_4567_89AB_CDEFL;

    private WalHarness() {}

    static Wal.Opened open(Files files, WalOptions options, SnapshotMetadata... usable) throws StorageRefusedException {
        return open(files, options, List.of(usable));
    }

    static Wal.Opened open(Files files, WalOptions options, List<SnapshotMetadata> usable)
            throws StorageRefusedException {
        return Wal.open(
                files, DIRECTORY, IDENTITY, options, usable, Runnable::run, Recovery.Progress.SILENT, () -> SALT);
    }

    static Entry entry(long index, long term, String data) {
        return Entry.newBuilder()
                .setIndex(index)
                .setTerm(term)
                .setData(ByteString.copyFromUtf8(data))
                .build();
    }

    static List<Entry> entries(long first, long last, long term, int bytes) {
        List<Entry> made = new ArrayList<>();
        for (long index = first; index <= last; index++) {
            made.add(entry(
                    index, term, ("e" + index + "t" + term + ".").repeat(bytes).substring(0, bytes)));
        }
        return made;
    }

    static HardState hard(long term, long vote, long commit) {
        return HardState.newBuilder()
                .setTerm(term)
                .setVote(vote)
                .setCommit(commit)
                .build();
    }

    static SnapshotMetadata snapshot(long index, long term) {
        return SnapshotMetadata.newBuilder()
                .setIndex(index)
                .setTerm(term)
                .setConfState(ConfState.newBuilder().addVoters(1).addVoters(7))
                .build();
    }

    static Appended append(Wal wal, Batch... batches) {
        return wal.append(List.of(batches));
    }

    static LogStorage view(Wal wal) {
        return wal.storage(Optional::empty);
    }

    static List<Entry> all(Wal wal) {
        LogStorage view = view(wal);
        return view.lastIndex() < view.firstIndex()
                ? List.of()
                : ((LogStorage.Slice.Found) view.entries(view.firstIndex(), view.lastIndex() + 1, Long.MAX_VALUE))
                        .entries();
    }
}
