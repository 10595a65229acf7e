package io.perilune.raft.storage;

import io.perilune.raft.proto.SnapshotMetadata;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Snapshots as files {@code TERM-INDEX.snap} (hexadecimal, 16 digits each, so that names sort by age).
 *
 * <p>Safe for use by several threads. At most two are kept, and none is deleted while someone reads it.
 */
public final class SnapshotStore {
    private SnapshotStore() {}

    /** Opens the directory, creating it if need be, and clears what an interrupted write left. Received parts stay. */
    public static SnapshotStore open(Files files, Path directory, StorageIdentity identity)
            throws StorageRefusedException {
        throw new UnsupportedOperationException("not yet");
    }

    /** Complete snapshots, newest first, each read to the end and verified. Damaged ones are renamed {@code .broken}. */
    public List<SnapshotMetadata> verifyAll() throws IOException {
        throw new UnsupportedOperationException("not yet");
    }

    /** Names of files that {@link #verifyAll} found damaged, with what is wrong. */
    public List<String> damaged() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Starts a new snapshot of the state at {@code metadata}. */
    public Writer write(SnapshotMetadata metadata) throws IOException {
        throw new UnsupportedOperationException("not yet");
    }

    /** Opens for reading; empty if there is none at that place. */
    public Optional<Reader> read(long term, long index) throws IOException {
        throw new UnsupportedOperationException("not yet");
    }

    /** The newest complete snapshot. */
    public Optional<SnapshotMetadata> newest() {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Goes on receiving the snapshot file at {@code metadata}, from where an earlier attempt left off.
     *
     * @param fileBytes size of the whole file at the sender, as {@link Reader#fileBytes} says there
     */
    public Incoming receive(SnapshotMetadata metadata, long fileBytes) throws IOException {
        throw new UnsupportedOperationException("not yet");
    }

    /** Deletes all but the two newest snapshots, except those being read. */
    public void prune() throws IOException {
        throw new UnsupportedOperationException("not yet");
    }

    /** A snapshot being written: the stream takes the state's bytes; {@link #commit} makes it durable and visible. */
    public abstract static class Writer extends OutputStream {
        Writer() {}

        /** Forces, renames, forces the directory. After this, and not before, its marker may go to the log. */
        public abstract void commit() throws IOException;

        /** Drops what was not committed. */
        @Override
        public abstract void close() throws IOException;
    }

    /** A snapshot that cannot be deleted until this is closed. */
    public interface Reader extends Closeable {
        SnapshotMetadata metadata();

        /** Size of the whole file: header, chunks, trailer. */
        long fileBytes();

        /** The state's bytes. Every chunk is verified before it is handed out; a damaged one is an {@code IOException}. */
        InputStream state() throws IOException;

        /** Bytes of the file as they are, to be sent to a peer; -1 at the end. Any thread. */
        int readFile(ByteBuffer into, long position) throws IOException;
    }

    /** A snapshot file being received. One thread at a time. */
    public interface Incoming extends Closeable {
        /** How much is here; the next byte wanted. */
        long offset();

        /** Takes bytes that belong at {@code position}, which must be {@link #offset}. */
        void write(ByteBuffer bytes, long position) throws IOException;

        /** All bytes are here: verifies, forces, renames. Throws, and forgets what was received, if it is damaged. */
        SnapshotMetadata commit() throws IOException;

        /** Stops for now; what is here stays for the next attempt. */
        @Override
        void close() throws IOException;

        /** Forgets what was received. */
        void discard() throws IOException;
    }
}
