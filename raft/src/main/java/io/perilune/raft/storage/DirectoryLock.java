package io.perilune.raft.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Keeps a second process off a data directory. The lock goes with the process that holds it, however that ends; the file
 * {@code LOCK} stays and says who came last.
 */
public final class DirectoryLock implements AutoCloseable {
    private static final String NAME = "LOCK";

    private final Path directory;
    private final Closeable lock;

    private DirectoryLock(Path directory, Closeable lock) {
        this.directory = directory;
        this.lock = lock;
    }

    /**
     * Takes the lock on {@code directory}, creating that if need be.
     *
     * @throws StorageRefusedException if someone else has it: names the directory and, where known, the process
     */
    public static DirectoryLock acquire(Files files, Path directory) throws StorageRefusedException {
        try {
            files.createDirectories(directory);
            return new DirectoryLock(
                    directory,
                    files.lock(
                            directory.resolve(NAME),
                            "pid " + ProcessHandle.current().pid()));
        } catch (Files.LockedException locked) {
            String holder = locked.note().isEmpty() ? "another process" : "the process with " + locked.note();
            throw new StorageRefusedException(
                    directory,
                    StorageRefusedException.UNKNOWN,
                    StorageRefusedException.UNKNOWN,
                    "the data directory is in use by " + holder,
                    "Stop that process, or give this node a directory of its own",
                    locked);
        } catch (IOException failure) {
            throw new StorageRefusedException(
                    directory,
                    StorageRefusedException.UNKNOWN,
                    StorageRefusedException.UNKNOWN,
                    "the data directory cannot be made or locked: " + failure,
                    "Check the disk, its mount and the permissions",
                    failure);
        }
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException failure) {
            // The lock ends with the process at the latest; nobody can do more about it.
            throw new java.io.UncheckedIOException("cannot unlock " + directory, failure);
        }
    }
}
