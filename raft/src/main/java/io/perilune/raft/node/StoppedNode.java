package io.perilune.raft.node;

import io.perilune.raft.core.LogStorage;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.EntryType;
import io.perilune.raft.proto.SnapshotMetadata;
import io.perilune.raft.storage.DataDirectory;
import io.perilune.raft.storage.DiskFiles;
import io.perilune.raft.storage.SnapshotStore;
import io.perilune.raft.storage.StorageRefusedException;
import io.perilune.raft.storage.Wal;
import io.perilune.raft.storage.WalOptions;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The directory of a node that does not run, for tools: its newest snapshot and the entries that it knows to be
 * committed. Locked while it is open, and opened as the node would open it: a torn end of the log is cut.
 */
public final class StoppedNode implements AutoCloseable {
    private static final long ENTRIES_BYTES = 1 << 20;
    private static final int BUFFER_BYTES = 64 << 10;

    private final DataDirectory directory;
    private final SnapshotStore snapshots;
    private final Wal wal;
    private final LogStorage log;
    private final long nodeId;
    private final long committed;
    private final Optional<SnapshotMetadata> snapshot;

    private StoppedNode(DataDirectory directory, SnapshotStore snapshots, Wal.Opened opened, long nodeId) {
        this.directory = directory;
        this.snapshots = snapshots;
        this.nodeId = nodeId;
        wal = opened.wal();
        log = wal.storage(Optional::empty);
        snapshot = opened.recovery().snapshot();
        committed = Math.max(snapshotIndex(), opened.recovery().hardState().getCommit());
    }

    /** @throws IOException if there is no node's data, the node runs, or what is there cannot be read */
    public static StoppedNode open(Path path) throws IOException {
        DiskFiles files = new DiskFiles();
        if (!java.nio.file.Files.isDirectory(path)) {
            throw new IOException("there is no folder " + path);
        }
        try {
            DataDirectory directory = DataDirectory.open(files, path);
            try {
                var identity = directory.identity().orElseThrow(() -> new IOException(path + " holds no node's data"));
                SnapshotStore snapshots = SnapshotStore.open(files, directory.snapshots(), identity);
                Wal.Opened opened = Wal.open(
                        files,
                        directory.wal(),
                        identity,
                        WalOptions.DEFAULT,
                        snapshots.verifyAll(),
                        Runnable::run,
                        (read, total, last) -> {});
                return new StoppedNode(directory, snapshots, opened, identity.nodeId());
            } catch (IOException | StorageRefusedException | RuntimeException | Error e) {
                directory.close();
                throw e;
            }
        } catch (StorageRefusedException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    public long nodeId() {
        return nodeId;
    }

    /** 0 if it has none. */
    public long snapshotIndex() {
        return snapshot.map(SnapshotMetadata::getIndex).orElse(0L);
    }

    /** What the node knew of when it wrote its log last; there may be more. */
    public long committed() {
        return committed;
    }

    /** Brings a machine that is new to what it is at {@code index}, which is not below the snapshot's. */
    public void applyTo(StateMachine machine, long index) throws IOException {
        long applied = 0;
        if (snapshot.isPresent()) {
            restore(machine, snapshot.get());
            applied = snapshotIndex();
        }
        while (applied < index) {
            if (!(log.entries(applied + 1, index + 1, ENTRIES_BYTES) instanceof LogStorage.Slice.Found found)) {
                throw new IOException("the log of node " + nodeId + " does not have entry " + (applied + 1));
            }
            for (Entry entry : found.entries()) {
                if (entry.getType() == EntryType.NORMAL && Tag.of(entry.getData()) != null) {
                    machine.apply(entry.getIndex(), entry.getTerm(), entry.getTime(), Tag.command(entry.getData()));
                } else {
                    machine.skip(entry.getIndex(), entry.getTerm());
                }
                applied = entry.getIndex();
            }
        }
    }

    private void restore(StateMachine machine, SnapshotMetadata metadata) throws IOException {
        try (SnapshotStore.Reader reader = snapshots
                        .read(metadata.getTerm(), metadata.getIndex())
                        .orElseThrow(
                                () -> new IOException("the snapshot at index " + metadata.getIndex() + " is gone"));
                DataInputStream in = new DataInputStream(new BufferedInputStream(reader.state(), BUFFER_BYTES))) {
            Roster.readFrom(in);
            machine.restore(metadata.getIndex(), metadata.getTerm(), in);
        }
    }

    @Override
    public void close() {
        wal.close();
        directory.close();
    }
}
