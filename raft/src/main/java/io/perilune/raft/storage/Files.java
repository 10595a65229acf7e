package io.perilune.raft.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * The disk, as far as storage needs one. The real one is {@link DiskFiles}; tests put a simulated disk here that loses,
 * tears and reorders what was not forced, which is why forcing is spelled out: a write is durable only after {@link
 * OpenFile#force}, and a create, rename or delete only after {@link #forceDirectory} of the directory that holds the name.
 *
 * <p>Methods may be called from several threads. A full disk is {@link DiskFullException}; every other {@code IOException}
 * means that the disk can no longer be trusted.
 */
public interface Files {
    /** Creates a new, empty file for reading and writing; fails if the name exists. */
    OpenFile create(Path path) throws IOException;

    /** Opens an existing file for reading and writing. */
    OpenFile open(Path path) throws IOException;

    /** Opens an existing file for reading only. */
    OpenFile openForReading(Path path) throws IOException;

    boolean exists(Path path) throws IOException;

    /** Names (not paths) of what is in {@code directory}, sorted bytewise. */
    List<String> list(Path directory) throws IOException;

    /** Creates what is missing of {@code directory}, durably; nothing if it is there. */
    void createDirectories(Path directory) throws IOException;

    /** Atomically gives {@code from} the name {@code to}, replacing what had it. */
    void rename(Path from, Path to) throws IOException;

    /** Removes a file; no error if there is none. */
    void delete(Path path) throws IOException;

    void forceDirectory(Path directory) throws IOException;

    /** Bytes that can still be written on the disk that holds {@code directory}. */
    long freeBytes(Path directory) throws IOException;

    /**
     * Locks a file, creating it if need be, until the result is closed or the process ends, and writes {@code note} into it.
     *
     * @throws LockedException if another process, or another holder in this one, has it
     */
    Closeable lock(Path path, String note) throws IOException;

    /** An open file. Positions and sizes in bytes. Not more than one thread writes at a time; reads may run beside. */
    interface OpenFile extends Closeable {
        /** Reads up to {@code into.remaining()} bytes at {@code position}; fewer only at the end of the file; -1 if none. */
        int read(ByteBuffer into, long position) throws IOException;

        /** Writes all of {@code from} at {@code position}. Durable after {@link #force}. */
        void write(ByteBuffer from, long position) throws IOException;

        /** Returns when everything written before is on the disk (fdatasync). After a failure nothing is known: never retry. */
        void force() throws IOException;

        long size() throws IOException;

        void truncate(long size) throws IOException;

        @Override
        void close() throws IOException;
    }

    /** The disk, or the quota on it, is used up. */
    final class DiskFullException extends IOException {
        private static final long serialVersionUID = 1L;

        public DiskFullException(String message, Throwable cause) {
            super(message, cause);
        }

        public DiskFullException(String message) {
            super(message);
        }
    }

    /** Someone else holds the lock. */
    final class LockedException extends IOException {
        private static final long serialVersionUID = 1L;

        private final String note;

        public LockedException(Path path, String note) {
            super("locked: " + path);
            this.note = note;
        }

        /** What the holder wrote; empty if it could not be read. */
        public String note() {
            return note;
        }
    }
}
