package io.perilune.raft.storage;

import io.perilune.raft.proto.SnapshotMetadata;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Snapshots as files {@code TERM-INDEX.snap} (hexadecimal, 16 digits each, so that names sort by age), laid out as {@link
 * SnapshotFile} says.
 *
 * <p>Safe for use by several threads. {@link #prune} keeps the two that the log knows, and nothing that is being read is deleted. A file becomes
 * visible only when it is complete and on the disk.
 */
public final class SnapshotStore {
    private static final Pattern NAME = Pattern.compile("([0-9a-f]{16})-([0-9a-f]{16})\\.snap");
    /** A file is forced after so many bytes: the log's own forces would have to wait for more of them at once. */
    private static final int FORCE_BYTES = 1 << 20;

    private static final String WRITING = ".writing";
    private static final String RECEIVING = ".receiving";
    private static final String BROKEN = ".broken";
    private static final int REWRITE_BYTES = 1 << 20;

    private final Files files;
    private final Path directory;
    private final StorageIdentity identity;

    /** What is complete, oldest first. */
    private final TreeMap<Place, SnapshotMetadata> complete = new TreeMap<>();

    private final Map<Place, Integer> readers = new TreeMap<>();
    private final List<String> damaged = new ArrayList<>();

    /** The part of a received snapshot that this process has written all of. */
    private @Nullable Path ownPart;

    private SnapshotStore(Files files, Path directory, StorageIdentity identity) {
        this.files = files;
        this.directory = directory;
        this.identity = identity;
    }

    private record Place(long term, long index) implements Comparable<Place> {
        static Place of(SnapshotMetadata metadata) {
            return new Place(metadata.getTerm(), metadata.getIndex());
        }

        static @Nullable Place parse(String name) {
            Matcher matcher = NAME.matcher(name);
            return matcher.matches()
                    ? new Place(
                            Long.parseUnsignedLong(matcher.group(1), 16), Long.parseUnsignedLong(matcher.group(2), 16))
                    : null;
        }

        /** By index: two snapshots of one log at one index are of one term. */
        @Override
        public int compareTo(Place other) {
            int byIndex = Long.compare(index, other.index);
            return byIndex != 0 ? byIndex : Long.compare(term, other.term);
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%016x-%016x.snap", term, index);
        }
    }

    /**
     * Opens the directory, creating it if need be, and clears what an interrupted write left. Received parts stay. Only
     * headers are read; see {@link #verifyAll}.
     */
    public static SnapshotStore open(Files files, Path directory, StorageIdentity identity)
            throws StorageRefusedException {
        SnapshotStore store = new SnapshotStore(files, directory, identity);
        try {
            files.createDirectories(directory);
            for (String name : files.list(directory)) {
                store.take(name);
            }
            files.forceDirectory(directory);
            return store;
        } catch (IOException failure) {
            throw new StorageRefusedException(
                    directory,
                    StorageRefusedException.UNKNOWN,
                    StorageRefusedException.UNKNOWN,
                    "the snapshots cannot be read: " + failure,
                    "Check the disk, its mount and the permissions",
                    failure);
        }
    }

    private void take(String name) throws IOException, StorageRefusedException {
        if (name.endsWith(WRITING)) {
            files.delete(directory.resolve(name));
            return;
        }
        Place place = Place.parse(name);
        if (place == null) {
            return;
        }
        Path path = directory.resolve(name);
        try (Files.OpenFile file = files.openForReading(path)) {
            SnapshotFile.Header header = SnapshotFile.readHeader(path, file);
            if (header.clusterId() != identity.clusterId()) {
                throw StorageRefusedException.of(
                        path,
                        "this snapshot belongs to cluster " + Long.toUnsignedString(header.clusterId(), 16)
                                + ", not to " + identity,
                        "Move it away; it was put here by mistake");
            }
            if (!Place.of(header.metadata()).equals(place)) {
                throw SnapshotFile.damaged(path, 0, "the header says " + Place.of(header.metadata()));
            }
            complete.put(place, header.metadata());
        } catch (IOException failure) {
            setAside(place, failure);
        }
    }

    private void setAside(Place place, IOException failure) throws IOException {
        damaged.add(String.valueOf(failure.getMessage()));
        complete.remove(place);
        // One is enough to look into, and they may be large.
        for (String name : files.list(directory)) {
            if (name.endsWith(BROKEN)) {
                files.delete(directory.resolve(name));
            }
        }
        files.rename(path(place), directory.resolve(place + BROKEN));
    }

    /**
     * Complete snapshots, newest first, each read to the end and verified. Damaged ones are told by {@link
     * #damaged}, and the last of them stays as {@code .broken}. To be called at start, before others use the store.
     */
    public synchronized List<SnapshotMetadata> verifyAll() throws IOException {
        for (Place place : List.copyOf(complete.keySet())) {
            IOException failure = verify(path(place));
            if (failure != null) {
                setAside(place, failure);
            }
        }
        files.forceDirectory(directory);
        return newestFirst();
    }

    private @Nullable IOException verify(Path path) {
        try (Files.OpenFile file = files.openForReading(path)) {
            SnapshotFile.Chunks chunks = new SnapshotFile.Chunks(path, file, SnapshotFile.readHeader(path, file));
            while (chunks.next().length > 0) {
                continue;
            }
            return null;
        } catch (IOException failure) {
            return failure;
        }
    }

    private List<SnapshotMetadata> newestFirst() {
        List<SnapshotMetadata> found = new ArrayList<>(complete.values());
        Collections.reverse(found);
        return List.copyOf(found);
    }

    /** What was found damaged, each with file, offset and reason. */
    public synchronized List<String> damaged() {
        return List.copyOf(damaged);
    }

    /** Starts a new snapshot of the state at {@code metadata}. */
    public Writer write(SnapshotMetadata metadata) throws IOException {
        return new StoreWriter(metadata);
    }

    /** Opens for reading; empty if there is none at that place. */
    public synchronized Optional<Reader> read(long term, long index) throws IOException {
        Place place = new Place(term, index);
        SnapshotMetadata metadata = complete.get(place);
        if (metadata == null) {
            return Optional.empty();
        }
        Files.OpenFile file = files.openForReading(path(place));
        readers.merge(place, 1, Integer::sum);
        return Optional.of(new StoreReader(place, metadata, file, file.size()));
    }

    /** The newest complete snapshot; not necessarily one with a marker in the log, see {@link Wal#newestMarker}. */
    public synchronized Optional<SnapshotMetadata> newest() {
        return complete.isEmpty()
                ? Optional.empty()
                : Optional.of(complete.lastEntry().getValue());
    }

    /**
     * Goes on receiving the snapshot file at {@code metadata}, from where an earlier attempt left off. What is there from
     * that attempt is verified; parts of other snapshots are deleted.
     *
     * @param fileBytes size of the whole file at the sender, as {@link Reader#fileBytes} says there
     */
    public synchronized Incoming receive(SnapshotMetadata metadata, long fileBytes) throws IOException {
        if (fileBytes < SnapshotFile.TRAILER_BYTES) {
            throw new IOException("a snapshot of " + fileBytes + " bytes");
        }
        Place place = Place.of(metadata);
        Path part = directory.resolve(place + RECEIVING);
        for (String name : files.list(directory)) {
            if (name.endsWith(RECEIVING) && !name.equals(place + RECEIVING)) {
                files.delete(directory.resolve(name));
            }
        }
        boolean resumed = files.exists(part);
        Files.OpenFile file = resumed ? files.open(part) : files.create(part);
        long offset = resumed ? verifiedBytes(part, file, metadata, fileBytes) : 0;
        file.truncate(offset);
        if (!part.equals(ownPart)) {
            rewrite(file, offset);
            ownPart = part;
        }
        return new StoreIncoming(place, metadata, fileBytes, part, file, offset);
    }

    /**
     * Writes again what an earlier process has left: if it died of a force that failed, the page cache shows the bytes and
     * counts them as written, and no later force would bring them to the disk.
     */
    private static void rewrite(Files.OpenFile file, long bytes) throws IOException {
        ByteBuffer copy = ByteBuffer.allocate((int) Math.min(REWRITE_BYTES, bytes));
        for (long at = 0; at < bytes; at += copy.position()) {
            copy.clear().limit((int) Math.min(copy.capacity(), bytes - at));
            file.read(copy, at);
            file.write(copy.flip(), at);
        }
    }

    /** How many bytes of a received part are whole chunks of the right snapshot. */
    private long verifiedBytes(Path part, Files.OpenFile file, SnapshotMetadata metadata, long fileBytes)
            throws IOException {
        long size = file.size();
        if (size > fileBytes) {
            return 0;
        }
        SnapshotFile.Chunks chunks;
        try {
            SnapshotFile.Header header = SnapshotFile.readHeader(part, file);
            if (header.clusterId() != identity.clusterId()
                    || !Place.of(header.metadata()).equals(Place.of(metadata))) {
                return 0;
            }
            chunks = new SnapshotFile.Chunks(part, file, header);
        } catch (IOException short_) {
            return 0;
        }
        try {
            while (chunks.next().length > 0) {
                continue;
            }
            return size;
        } catch (IOException endsHere) {
            // Either the attempt broke off here, or a crash tore what was not forced.
            return chunks.position();
        }
    }

    /**
     * Deletes what is older than the newest of {@code marked} and not among them, except while it is read. Newer ones wait
     * for their markers.
     *
     * @param marked as {@link Wal#markers} says: the two that the log can be started from
     */
    public synchronized void prune(Collection<SnapshotMetadata> marked) throws IOException {
        List<Place> kept = marked.stream().map(Place::of).sorted().toList();
        if (kept.isEmpty()) {
            return;
        }
        deleteAllBut(
                kept, List.copyOf(complete.headMap(kept.get(kept.size() - 1)).keySet()));
    }

    /**
     * Deletes the snapshots that have no marker in the log, which a crash between file and marker leaves. To be called at
     * start with {@link Wal#markers}, before new ones come.
     */
    public synchronized void keepOnly(Collection<SnapshotMetadata> marked) throws IOException {
        deleteAllBut(marked.stream().map(Place::of).toList(), List.copyOf(complete.keySet()));
    }

    private void deleteAllBut(List<Place> kept, List<Place> among) throws IOException {
        for (Place place : among) {
            if (!kept.contains(place)) {
                deleteUnlessRead(place);
            }
        }
        files.forceDirectory(directory);
    }

    private void deleteUnlessRead(Place place) throws IOException {
        if (!readers.containsKey(place)) {
            complete.remove(place);
            files.delete(path(place));
        }
    }

    private Path path(Place place) {
        return directory.resolve(place.toString());
    }

    /** Gives a complete and forced file its name. */
    private void adopt(Path temporary, Place place, SnapshotMetadata metadata) throws IOException {
        synchronized (this) {
            files.rename(temporary, path(place));
            files.forceDirectory(directory);
            complete.put(place, metadata);
        }
    }

    private synchronized void forget(Path part) {
        if (part.equals(ownPart)) {
            ownPart = null;
        }
    }

    private synchronized void released(Place place) {
        readers.computeIfPresent(place, (key, count) -> count == 1 ? null : Integer.valueOf(count - 1));
    }

    /** A snapshot being written: the stream takes the state's bytes; {@link #commit} makes it durable and visible. */
    public abstract static class Writer extends OutputStream {
        Writer() {}

        /** Bytes of state taken so far. */
        public abstract long stateBytes();

        /** Forces, renames, forces the directory. After this, and not before, its marker may go to the log. */
        public abstract void commit() throws IOException;

        /** Drops what was not committed. */
        @Override
        public abstract void close() throws IOException;
    }

    private final class StoreWriter extends Writer {
        private final SnapshotMetadata metadata;
        private final Path temporary;
        private final byte[] chunk = new byte[SnapshotFile.CHUNK_BYTES];
        private Files.@Nullable OpenFile file;
        private int filled;
        private long position;
        private long forced;
        private long stateBytes;
        private int chain;

        StoreWriter(SnapshotMetadata metadata) throws IOException {
            this.metadata = metadata;
            this.temporary = directory.resolve(Place.of(metadata) + WRITING);
            files.delete(temporary);
            file = files.create(temporary);
            byte[] header = SnapshotFile.encodeHeader(metadata, identity.clusterId());
            chain = Frame.getInt(header, header.length - 4);
            put(header, header.length);
        }

        @Override
        public long stateBytes() {
            return stateBytes;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            int done = 0;
            while (done < length) {
                int count = Math.min(length - done, chunk.length - filled);
                System.arraycopy(bytes, offset + done, chunk, filled, count);
                filled += count;
                done += count;
                if (filled == chunk.length) {
                    putChunk();
                }
            }
            stateBytes += length;
        }

        private void putChunk() throws IOException {
            chain = SnapshotFile.chain(chain, chunk, filled);
            byte[] header = new byte[SnapshotFile.CHUNK_HEADER_BYTES];
            Frame.putInt(header, 0, filled);
            Frame.putInt(header, 4, chain);
            put(header, header.length);
            put(chunk, filled);
            filled = 0;
            if (position - forced >= FORCE_BYTES) {
                requireFile().force();
                forced = position;
            }
        }

        private void put(byte[] bytes, int length) throws IOException {
            requireFile().write(ByteBuffer.wrap(bytes, 0, length), position);
            position += length;
        }

        private Files.OpenFile requireFile() throws IOException {
            if (file == null) {
                throw new IOException("the snapshot is committed or closed: " + temporary);
            }
            return file;
        }

        @Override
        public void commit() throws IOException {
            if (filled > 0) {
                putChunk();
            }
            byte[] trailer = SnapshotFile.encodeTrailer(chain, stateBytes);
            put(trailer, trailer.length);
            requireFile().force();
            requireFile().close();
            file = null;
            adopt(temporary, Place.of(metadata), metadata);
        }

        @Override
        public void close() throws IOException {
            if (file != null) {
                file.close();
                file = null;
                files.delete(temporary);
            }
        }
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

    private final class StoreReader implements Reader {
        private final Place place;
        private final SnapshotMetadata metadata;
        private final Files.OpenFile file;
        private final long fileBytes;
        private boolean closed;

        StoreReader(Place place, SnapshotMetadata metadata, Files.OpenFile file, long fileBytes) {
            this.place = place;
            this.metadata = metadata;
            this.file = file;
            this.fileBytes = fileBytes;
        }

        @Override
        public SnapshotMetadata metadata() {
            return metadata;
        }

        @Override
        public long fileBytes() {
            return fileBytes;
        }

        @Override
        public InputStream state() throws IOException {
            Path path = path(place);
            return new SnapshotFile.StateStream(
                    new SnapshotFile.Chunks(path, file, SnapshotFile.readHeader(path, file)));
        }

        @Override
        public int readFile(ByteBuffer into, long position) throws IOException {
            return file.read(into, position);
        }

        @Override
        public void close() throws IOException {
            if (!closed) {
                closed = true;
                released(place);
                file.close();
            }
        }
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

    private final class StoreIncoming implements Incoming {
        private final Place place;
        private final SnapshotMetadata metadata;
        private final long fileBytes;
        private final Path part;
        private final Files.OpenFile file;
        private long offset;

        StoreIncoming(
                Place place, SnapshotMetadata metadata, long fileBytes, Path part, Files.OpenFile file, long offset) {
            this.place = place;
            this.metadata = metadata;
            this.fileBytes = fileBytes;
            this.part = part;
            this.file = file;
            this.offset = offset;
        }

        @Override
        public long offset() {
            return offset;
        }

        @Override
        public void write(ByteBuffer bytes, long position) throws IOException {
            if (position != offset) {
                throw new IOException("snapshot bytes at " + position + " received, at " + offset + " expected");
            }
            int count = bytes.remaining();
            if (count > fileBytes - offset) {
                throw new IOException("snapshot bytes beyond the announced " + fileBytes);
            }
            file.write(bytes, position);
            offset += count;
        }

        @Override
        public SnapshotMetadata commit() throws IOException {
            if (offset != fileBytes) {
                throw new IOException("snapshot is incomplete: " + offset + " of " + fileBytes + " bytes");
            }
            IOException failure = verify(part);
            if (failure == null) {
                failure = foreign();
            }
            if (failure != null) {
                discard();
                throw failure;
            }
            try {
                file.force();
            } catch (IOException failed) {
                // What it left unwritten counts as written now: the next attempt must not build on it.
                discard();
                throw failed;
            }
            file.close();
            adopt(part, place, metadata);
            return metadata;
        }

        private @Nullable IOException foreign() throws IOException {
            SnapshotFile.Header header = SnapshotFile.readHeader(part, file);
            return header.clusterId() == identity.clusterId()
                            && header.metadata().equals(metadata)
                    ? null
                    : SnapshotFile.damaged(part, 0, "received another snapshot than announced");
        }

        @Override
        public void close() throws IOException {
            file.close();
        }

        @Override
        public void discard() throws IOException {
            file.close();
            files.delete(part);
            forget(part);
        }
    }
}
