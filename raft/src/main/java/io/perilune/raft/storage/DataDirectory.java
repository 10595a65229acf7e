package io.perilune.raft.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The directory that holds all that one node remembers, locked while this is open:
 *
 * <pre>
 * DATA/LOCK        see {@link DirectoryLock}
 * DATA/identity    whose it is, see {@link IdentityFile}
 * DATA/peers       whom the node has met, for which its server cares
 * DATA/joining     there if the node was begun to join a cluster, and never to found one
 * DATA/wal/        {@link Wal}
 * DATA/snapshots/  {@link SnapshotStore}
 * </pre>
 *
 * To start: open this, {@link #claim} the identity, open the snapshot store and verify it, open the log with what is
 * complete there, then let the store {@link SnapshotStore#keepOnly} what has a marker.
 */
public final class DataDirectory implements AutoCloseable {
    private static final String IDENTITY_NAME = "identity";
    private static final String JOINING_NAME = "joining";
    private static final String JOINING_TEXT =
            "This node was started to join a cluster that runs. It waits for that one, and never begins one of its own.\n";

    private final Files files;
    private final Path path;
    private final DirectoryLock lock;
    private @Nullable StorageIdentity identity;

    private DataDirectory(Files files, Path path, DirectoryLock lock) {
        this.files = files;
        this.path = path;
        this.lock = lock;
    }

    /**
     * Locks the directory, creating it if need be, and reads its identity without asking whose it should be.
     *
     * @throws StorageRefusedException if another process has it, or the identity file is damaged
     */
    public static DataDirectory open(Files files, Path path) throws StorageRefusedException {
        DirectoryLock lock = DirectoryLock.acquire(files, path);
        DataDirectory directory = new DataDirectory(files, path, lock);
        boolean opened = false;
        try {
            directory.readIdentity();
            opened = true;
            return directory;
        } catch (IOException failure) {
            throw unusable(path.resolve(IDENTITY_NAME), failure);
        } finally {
            if (!opened) {
                directory.close();
            }
        }
    }

    /** Whether the directory is some node's, without locking or reading it. */
    public static boolean isClaimed(Files files, Path path) throws IOException {
        return files.exists(path.resolve(IDENTITY_NAME));
    }

    /**
     * Notes durably that the node in this directory waits for a running cluster, creating the directory if need be. Without
     * that, a start that says nothing of joining would begin a cluster of its own under the same id.
     */
    public static void beginJoining(Files files, Path path) throws IOException {
        files.createDirectories(path);
        Path file = path.resolve(JOINING_NAME);
        if (!files.exists(file)) {
            Path temporary = path.resolve(JOINING_NAME + ".writing");
            files.delete(temporary);
            try (Files.OpenFile open = files.create(temporary)) {
                open.write(ByteBuffer.wrap(JOINING_TEXT.getBytes(UTF_8)), 0);
                open.force();
            }
            files.rename(temporary, file);
        }
        files.forceDirectory(path);
    }

    /** Whether {@link #beginJoining} was called for it once. */
    public boolean isJoining() throws IOException {
        return files.exists(path.resolve(JOINING_NAME));
    }

    private void readIdentity() throws IOException, StorageRefusedException {
        Path file = path.resolve(IDENTITY_NAME);
        if (!files.exists(file)) {
            return;
        }
        // The process that wrote it may have died between giving it its name and forcing that.
        files.forceDirectory(path);
        try (Files.OpenFile open = files.openForReading(file)) {
            ByteBuffer text = ByteBuffer.allocate(IdentityFile.BYTES_MAX);
            open.read(text, 0);
            identity = IdentityFile.decode(new String(text.array(), 0, text.position(), UTF_8));
        } catch (DamagedException damaged) {
            throw new StorageRefusedException(
                    file,
                    0,
                    StorageRefusedException.UNKNOWN,
                    String.valueOf(damaged.getMessage()),
                    "Restore it from a copy, or clear the directory and let the node join as a new member",
                    damaged);
        }
    }

    /** Whose directory this is; empty in a new one. */
    public Optional<StorageIdentity> identity() {
        return Optional.ofNullable(identity);
    }

    /**
     * Writes the identity into a new directory, or compares it with the one there.
     *
     * @throws StorageRefusedException if the directory is another's
     */
    public void claim(StorageIdentity wanted) throws StorageRefusedException {
        if (identity != null) {
            requireSame(identity, wanted);
            return;
        }
        try {
            // Files without an identity would be someone's log under a lost name.
            requireNoData();
            writeIdentity(wanted);
            identity = wanted;
        } catch (IOException failure) {
            throw unusable(path, failure);
        }
    }

    private void requireSame(StorageIdentity found, StorageIdentity wanted) throws StorageRefusedException {
        if (!found.equals(wanted)) {
            throw StorageRefusedException.of(
                    path,
                    "this directory belongs to " + found + ", not to " + wanted,
                    "Start with the id it belongs to, or give this node a directory of its own");
        }
    }

    private void requireNoData() throws IOException, StorageRefusedException {
        boolean hasLog = files.exists(wal()) && !files.list(wal()).isEmpty();
        boolean hasSnapshots =
                files.exists(snapshots()) && !files.list(snapshots()).isEmpty();
        if (hasLog || hasSnapshots) {
            throw StorageRefusedException.of(
                    path.resolve(IDENTITY_NAME),
                    "this file is missing, but the directory holds data",
                    "Restore it from a copy, or clear the directory and let the node join as a new member");
        }
    }

    private void writeIdentity(StorageIdentity wanted) throws IOException {
        Path temporary = path.resolve(IDENTITY_NAME + ".writing");
        files.delete(temporary);
        try (Files.OpenFile file = files.create(temporary)) {
            file.write(ByteBuffer.wrap(IdentityFile.encode(wanted).getBytes(UTF_8)), 0);
            file.force();
        }
        files.rename(temporary, path.resolve(IDENTITY_NAME));
        files.forceDirectory(path);
    }

    private static StorageRefusedException unusable(Path path, IOException failure) {
        return new StorageRefusedException(
                path,
                StorageRefusedException.UNKNOWN,
                StorageRefusedException.UNKNOWN,
                "cannot be read or written: " + failure,
                "Check the disk, its mount and the permissions",
                failure);
    }

    public Path path() {
        return path;
    }

    public Path wal() {
        return path.resolve("wal");
    }

    public Path snapshots() {
        return path.resolve("snapshots");
    }

    /** Gives the directory up. */
    @Override
    public void close() {
        lock.close();
    }
}
