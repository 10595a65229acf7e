package io.perilune.raft.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The real disk, over {@link FileChannel}. Threads that use it must not be interrupted: the JDK closes a channel under a
 * thread that is, and the write it was in is then lost as if the disk had failed.
 */
public final class DiskFiles implements Files {
    private static final int NOTE_BYTES_MAX = 256;

    @Override
    public OpenFile create(Path path) throws IOException {
        return new DiskFile(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    @Override
    public OpenFile open(Path path) throws IOException {
        return new DiskFile(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    @Override
    public OpenFile openForReading(Path path) throws IOException {
        return new DiskFile(path, StandardOpenOption.READ);
    }

    @Override
    public boolean exists(Path path) {
        return java.nio.file.Files.exists(path);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        try (Stream<Path> paths = java.nio.file.Files.list(directory)) {
            return paths.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        if (java.nio.file.Files.isDirectory(directory)) {
            return;
        }
        Path parent = directory.toAbsolutePath().getParent();
        if (parent != null) {
            createDirectories(parent);
        }
        java.nio.file.Files.createDirectories(directory);
        if (parent != null) {
            forceDirectory(parent);
        }
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        java.nio.file.Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void delete(Path path) throws IOException {
        java.nio.file.Files.deleteIfExists(path);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        // Linux fsyncs a directory through a channel opened for reading. Elsewhere this throws, and so says that
        // renames
        // cannot be made durable there.
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public long freeBytes(Path directory) throws IOException {
        return java.nio.file.Files.getFileStore(directory).getUsableSpace();
    }

    @Override
    public Closeable lock(Path path, String note) throws IOException {
        FileChannel channel =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        boolean locked = false;
        try {
            FileLock lock = tryLock(channel);
            if (lock == null) {
                throw new LockedException(path, readNote(channel));
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(note.getBytes(UTF_8)), 0);
            locked = true;
            // Closing the channel releases the lock; the file stays, since deleting it would let two processes lock two
            // files.
            return channel;
        } finally {
            if (!locked) {
                channel.close();
            }
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException heldByThisProcess) {
            return null;
        }
    }

    private static String readNote(FileChannel channel) throws IOException {
        ByteBuffer note = ByteBuffer.allocate(NOTE_BYTES_MAX);
        channel.read(note, 0);
        return new String(note.array(), 0, note.position(), UTF_8).strip();
    }

    private static IOException translate(Path path, IOException failure) {
        String message = String.valueOf(failure.getMessage());
        boolean full = message.contains("No space left") || message.contains("quota exceeded");
        return full ? new DiskFullException(path + ": " + message, failure) : failure;
    }

    private static final class DiskFile implements OpenFile {
        private final Path path;
        private final FileChannel channel;

        DiskFile(Path path, StandardOpenOption... options) throws IOException {
            this.path = path;
            try {
                this.channel = FileChannel.open(path, options);
            } catch (IOException failure) {
                throw translate(path, failure);
            }
        }

        @Override
        public int read(ByteBuffer into, long position) throws IOException {
            int total = 0;
            while (into.hasRemaining()) {
                int count = channel.read(into, position + total);
                if (count < 0) {
                    return total == 0 ? -1 : total;
                }
                total += count;
            }
            return total;
        }

        @Override
        public void write(ByteBuffer from, long position) throws IOException {
            try {
                long at = position;
                while (from.hasRemaining()) {
                    at += channel.write(from, at);
                }
            } catch (IOException failure) {
                throw translate(path, failure);
            }
        }

        @Override
        public void force() throws IOException {
            try {
                channel.force(false);
            } catch (IOException failure) {
                throw translate(path, failure);
            }
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            channel.truncate(size);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
