package io.perilune.raft.storage;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The directory that holds all that one node remembers:
 *
 * <pre>
 * DATA/LOCK        held while a process uses it; names the process
 * DATA/identity    whose it is
 * DATA/wal/        {@link Wal}
 * DATA/snapshots/  {@link SnapshotStore}
 * </pre>
 */
public final class DataDirectory implements AutoCloseable {
    private DataDirectory() {}

    /**
     * Locks the directory, creating it if need be, and reads its identity without asking whose it should be.
     *
     * @throws StorageRefusedException if another process has it, or the identity file is damaged
     */
    public static DataDirectory open(Files files, Path path) throws StorageRefusedException {
        throw new UnsupportedOperationException("not yet");
    }

    /** Whose directory this is; empty in a new one. */
    public Optional<StorageIdentity> identity() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Writes the identity into a new directory, or compares it with the one there. */
    public void claim(StorageIdentity identity) throws StorageRefusedException {
        throw new UnsupportedOperationException("not yet");
    }

    public Path wal() {
        throw new UnsupportedOperationException("not yet");
    }

    public Path snapshots() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Gives the directory up. */
    @Override
    public void close() {
        throw new UnsupportedOperationException("not yet");
    }
}
