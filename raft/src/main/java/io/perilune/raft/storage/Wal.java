package io.perilune.raft.storage;

import io.perilune.raft.core.LogStorage;
import io.perilune.raft.proto.Snapshot;
import io.perilune.raft.proto.SnapshotMetadata;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * The write-ahead log of one node.
 *
 * <p>Threads: one thread calls {@link #append}, {@link #compact} and {@link #close}; {@link #storage} may be read and {@link
 * #status} asked by any. Entries are readable when the append that brought them has returned.
 */
public final class Wal implements AutoCloseable {
    private Wal() {}

    /** What was found and the log itself, ready for appending. */
    public record Opened(Wal wal, Recovery recovery) {}

    /**
     * Reads the log in {@code directory}, or makes a new one.
     *
     * @param usable the snapshots that are complete in the store; the log starts from the newest that it has a marker for
     * @param background prepares segments; a task may write one segment of zeros. {@code Runnable::run} does it inline
     * @throws StorageRefusedException if it cannot be trusted or read
     */
    public static Opened open(
            Files files,
            Path directory,
            StorageIdentity identity,
            WalOptions options,
            List<SnapshotMetadata> usable,
            Executor background,
            Recovery.Progress progress)
            throws StorageRefusedException {
        throw new UnsupportedOperationException("not yet");
    }

    /** Appends all batches with one force, if any of them needs one. */
    public Appended append(List<Batch> batches) {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Forgets the entries up to and including {@code index}, which a snapshot whose marker is in the log must cover, and
     * deletes the segments that neither of the two newest snapshots needs. Does nothing if they are gone already.
     */
    public void compact(long index) {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * The log as the core reads it. {@link LogStorage#snapshot} comes from {@code newest}, to which only snapshots with a
     * marker belong.
     */
    public LogStorage storage(Supplier<Optional<Snapshot>> newest) {
        throw new UnsupportedOperationException("not yet");
    }

    /** The newest snapshot that has a marker in the log. */
    public Optional<SnapshotMetadata> newestMarker() {
        throw new UnsupportedOperationException("not yet");
    }

    public WalStatus status() {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException("not yet");
    }
}
