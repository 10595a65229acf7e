package io.perilune.raft.node;

import io.perilune.raft.storage.DiskFiles;
import io.perilune.raft.storage.Files;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** The real disk, which can be made to stall, to fail or to be full. */
final class FaultyFiles implements Files {
    private final Files disk = new DiskFiles();
    private volatile @Nullable CountDownLatch stall;
    private volatile boolean failing;
    private volatile boolean full;

    /** Forces wait until the latch opens. */
    void stall(CountDownLatch latch) {
        stall = latch;
    }

    void failForces() {
        failing = true;
    }

    void setFull(boolean isFull) {
        full = isFull;
    }

    @Override
    public OpenFile create(Path path) throws IOException {
        if (full) {
            throw new DiskFullException(path + ": No space left on device");
        }
        return new FaultyFile(disk.create(path));
    }

    @Override
    public OpenFile open(Path path) throws IOException {
        return new FaultyFile(disk.open(path));
    }

    @Override
    public OpenFile openForReading(Path path) throws IOException {
        return disk.openForReading(path);
    }

    @Override
    public boolean exists(Path path) throws IOException {
        return disk.exists(path);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        return disk.list(directory);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        disk.createDirectories(directory);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        disk.rename(from, to);
    }

    @Override
    public void delete(Path path) throws IOException {
        disk.delete(path);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        disk.forceDirectory(directory);
    }

    @Override
    public long freeBytes(Path directory) throws IOException {
        return full ? 0 : disk.freeBytes(directory);
    }

    @Override
    public Closeable lock(Path path, String note) throws IOException {
        return disk.lock(path, note);
    }

    private final class FaultyFile implements OpenFile {
        private final OpenFile file;

        FaultyFile(OpenFile file) {
            this.file = file;
        }

        @Override
        public int read(ByteBuffer into, long position) throws IOException {
            return file.read(into, position);
        }

        @Override
        public void write(ByteBuffer from, long position) throws IOException {
            file.write(from, position);
        }

        @Override
        public void force() throws IOException {
            CountDownLatch held = stall;
            if (held != null) {
                try {
                    held.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
            if (failing) {
                throw new IOException("the disk is broken");
            }
            file.force();
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            file.truncate(size);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
