package io.perilune.raft.storage;

import io.perilune.raft.core.LogStorage;
import io.perilune.raft.proto.ConfState;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.HardState;
import io.perilune.raft.proto.Snapshot;
import io.perilune.raft.proto.SnapshotMetadata;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The write-ahead log of one node: a row of segment files ({@link SegmentHead}), each a row of {@link Frame}s.
 *
 * <p>One append is one frame and at most one force, however many batches it brings. Replacing a suffix of the log writes
 * the new entries behind the old ones: when read, the later one counts. A write or force that fails is never tried again,
 * since the kernel may have dropped the data and would report success: the log is failed for good, and says so.
 *
 * <p>Threads: one thread calls {@link #append}, {@link #compact} and {@link #close}; {@link #storage} may be read and {@link
 * #status} asked by any. Entries are readable when the append that brought them has returned. None of these threads may be
 * interrupted ({@link DiskFiles}).
 */
public final class Wal implements AutoCloseable {
    /** Markers kept: the newest snapshot, and the one to fall back to should its file go bad. */
    private static final int MARKERS_KEPT = 2;

    private final Files files;
    private final Path directory;
    private final StorageIdentity identity;
    private final long salt;
    private final LogIndex index;
    private final SegmentSupply supply;
    private final FrameWriter writer;
    private final List<LogExtent> extents;
    private final List<SnapshotMarker> markers;
    private final ConfState initialConfState;

    private HardState hardState;
    private long segmentBytes;
    private Files.@Nullable OpenFile file;
    private long end;
    private long nextFrame;
    private long durableFrame;
    private int chain;

    private volatile Appended.@Nullable Failed failed;
    private volatile Standing standing = new Standing(0, 0, 0);
    private volatile Optional<SnapshotMetadata> newestMarker = Optional.empty();

    private record Standing(int segments, long bytes, long leftBytes) {}

    /** What was found and the log itself, ready for appending. */
    public record Opened(Wal wal, Recovery recovery) {}

    private Wal(
            Files files,
            Path directory,
            StorageIdentity identity,
            WalOptions options,
            long salt,
            LogIndex index,
            SegmentSupply supply,
            LogReader.Found found) {
        this.files = files;
        this.directory = directory;
        this.identity = identity;
        this.salt = salt;
        this.index = index;
        this.supply = supply;
        this.writer = new FrameWriter(options.writeBufferBytes());
        this.extents = new ArrayList<>(found.extents());
        this.markers = new ArrayList<>(found.markers());
        this.hardState = found.hardState();
        this.end = found.end();
        this.nextFrame = found.nextFrame();
        this.durableFrame = found.nextFrame() - 1;
        this.chain = found.chain();
        this.segmentBytes = extents.stream()
                .mapToLong(each -> each.segment().head().segmentBytes())
                .sum();
        this.initialConfState =
                found.snapshot().map(SnapshotMetadata::getConfState).orElse(ConfState.getDefaultInstance());
    }

    /** As the other, with a salt that nobody can guess for a new log. */
    public static Opened open(
            Files files,
            Path directory,
            StorageIdentity identity,
            WalOptions options,
            List<SnapshotMetadata> usable,
            Executor background,
            Recovery.Progress progress)
            throws StorageRefusedException {
        return open(files, directory, identity, options, usable, background, progress, new SecureRandom()::nextLong);
    }

    /**
     * Reads the log in {@code directory}, or makes a new one.
     *
     * @param usable the snapshots that are complete in the store; the log starts from the newest that it has a marker for
     * @param background prepares segments; a task may write one segment of zeros. {@code Runnable::run} does it inline
     * @param salts asked once for a new log. Whoever can guess it could send a command that looks like a part of the log,
     *     and so keep a damaged log from being repaired
     * @throws StorageRefusedException if it cannot be trusted or read
     */
    public static Opened open(
            Files files,
            Path directory,
            StorageIdentity identity,
            WalOptions options,
            List<SnapshotMetadata> usable,
            Executor background,
            Recovery.Progress progress,
            LongSupplier salts)
            throws StorageRefusedException {
        try {
            files.createDirectories(directory);
            SegmentSupply supply = new SegmentSupply(files, directory, options, background);
            files.delete(supply.preparedPath());
            List<Segment.Name> names = segmentNames(files, directory);
            Failure failure = new Failure();
            LogIndex index = new LogIndex(options.cacheBytes(), failure);
            Wal wal;
            LogReader.Found found;
            if (names.isEmpty()) {
                found = LogReader.Found.NOTHING;
                wal = new Wal(files, directory, identity, options, salts.getAsLong(), index, supply, found);
                wal.begin();
            } else {
                found = new LogReader(files, directory, identity, progress, index).read(names, usable);
                long salt = found.extents().get(0).segment().head().salt();
                wal = new Wal(files, directory, identity, options, salt, index, supply, found);
                wal.file = files.open(wal.active().segment().path());
            }
            failure.wal = wal;
            // A rename that the last process did not live to force.
            files.forceDirectory(directory);
            supply.prepareNext();
            wal.publish();
            return new Opened(wal, wal.recovery(found));
        } catch (IOException failure) {
            throw new StorageRefusedException(
                    directory,
                    StorageRefusedException.UNKNOWN,
                    StorageRefusedException.UNKNOWN,
                    "the log cannot be read or made: " + failure,
                    "Check the disk, its mount and the permissions",
                    failure);
        }
    }

    /** A reader that cannot read an entry fails the log. Tied after both exist. */
    private static final class Failure implements java.util.function.Consumer<IOException> {
        private volatile @Nullable Wal wal;

        @Override
        public void accept(IOException failure) {
            Wal failing = wal;
            if (failing != null) {
                failing.fail("reading the log", failure);
            }
        }
    }

    private static List<Segment.Name> segmentNames(Files files, Path directory) throws IOException {
        return files.list(directory).stream()
                .map(Segment.Name::parse)
                .filter(Objects::nonNull)
                .toList();
    }

    private void begin() throws IOException, StorageRefusedException {
        Appended.NoSpace refusal = cut(0);
        if (refusal != null) {
            throw StorageRefusedException.of(
                    directory, refusal.toString(), "Give the disk more space, or lower the reserve");
        }
    }

    private Recovery recovery(LogReader.Found found) {
        return new Recovery(
                hardState,
                found.snapshot(),
                index.firstIndex(),
                index.lastIndex(),
                extents.size(),
                standing.bytes(),
                found.cut());
    }

    /**
     * Appends all batches with one force, if any of them needs one: a lone advance of the commit index does not, since it is
     * learnt again from the leader (figure 2 keeps it volatile). A taken snapshot that is not newer than the newest marker
     * was overtaken, and leaves none.
     *
     * @throws IllegalStateException if a batch does not fit the log, or would take back a term or commit index: a mistake
     *     of the caller
     */
    public Appended append(List<Batch> batches) {
        Appended.Failed earlier = failed;
        if (earlier != null) {
            return earlier;
        }
        Plan plan = new Plan(batches);
        if (plan.records.isEmpty()) {
            return new Appended.Done(index.lastIndex(), 0, 0);
        }
        try {
            return write(plan);
        } catch (IOException failure) {
            return fail("writing the log", failure);
        }
    }

    /** What batches come to, checked against the log before anything is written. */
    private final class Plan {
        final List<LogRecord> records = new ArrayList<>();
        private HardState state = hardState;
        private boolean mustForce;
        private long first = index.firstIndex();
        private long last = index.lastIndex();
        private long marked = newestMarker.map(SnapshotMetadata::getIndex).orElse(0L);

        Plan(List<Batch> batches) {
            for (Batch batch : batches) {
                add(batch);
            }
            if (mustForce && records.isEmpty()) {
                records.add(new LogRecord.OfHardState(state));
            }
        }

        private void add(Batch batch) {
            mustForce |= batch.forceCommit();
            HardState next = batch.hardState();
            if (next != null && !next.equals(state)) {
                requireForward(next);
                mustForce |=
                        batch.forceCommit() || next.getTerm() != state.getTerm() || next.getVote() != state.getVote();
                state = next;
                records.add(new LogRecord.OfHardState(next));
            }
            SnapshotMarker marker = batch.snapshot();
            if (marker != null) {
                add(marker);
            }
            for (Entry entry : batch.entries()) {
                add(entry);
            }
            if (state.getCommit() > last) {
                throw new IllegalStateException("commit " + state.getCommit() + " beyond last index " + last);
            }
        }

        private void requireForward(HardState next) {
            if (next.getTerm() < state.getTerm() || next.getCommit() < state.getCommit()) {
                throw new IllegalStateException("term " + next.getTerm() + " commit " + next.getCommit()
                        + " after term " + state.getTerm() + " commit " + state.getCommit());
            }
        }

        private void add(SnapshotMarker marker) {
            long at = marker.metadata().getIndex();
            if (marker.origin() == SnapshotMarker.Origin.INSTALLED) {
                if (at < marked) {
                    throw new IllegalStateException("a snapshot installed at " + at + " after one at " + marked);
                }
                first = at + 1;
                last = at;
            } else if (at <= marked) {
                // Overtaken by a received one while it was being written.
                return;
            } else if (at > last) {
                throw new IllegalStateException("a snapshot taken at " + at + " of a log that ends at " + last);
            }
            marked = at;
            mustForce = true;
            records.add(new LogRecord.OfMarker(marker, LogRecord.MARKER));
        }

        private void add(Entry entry) {
            long at = entry.getIndex();
            if (at < first || at > last + 1) {
                throw new IllegalStateException("entry " + at + " appended to a log of " + first + ".." + last);
            }
            last = at;
            mustForce = true;
            records.add(new LogRecord.OfEntry(entry));
        }
    }

    private Appended write(Plan plan) throws IOException {
        int payload = FrameWriter.payloadBytes(plan.records);
        if (end + Frame.OVERHEAD_BYTES + payload > active().segment().framesEnd()) {
            Appended.NoSpace refusal = cut(payload);
            if (refusal != null) {
                return refusal;
            }
        }
        long before = end;
        long[] offsets = writeFrame(requireFile(), plan.records, payload);
        long forceNanos = plan.mustForce ? force() : 0;
        hardState = plan.state;
        publish(plan.records, offsets);
        publish();
        return new Appended.Done(index.lastIndex(), end - before, forceNanos);
    }

    private long[] writeFrame(Files.OpenFile into, List<LogRecord> records, int payload) throws IOException {
        Frame frame = new Frame(nextFrame, durableFrame, payload, records.size(), chain);
        FrameWriter.Written written = writer.write(into, end, frame, salt, records);
        nextFrame++;
        chain = written.chain();
        end = written.end();
        return written.offsets();
    }

    private long force() throws IOException {
        long started = System.nanoTime();
        requireFile().force();
        durableFrame = nextFrame - 1;
        return System.nanoTime() - started;
    }

    private void publish(List<LogRecord> records, long[] offsets) {
        Segment segment = active().segment();
        for (int i = 0; i < offsets.length; i++) {
            if (records.get(i) instanceof LogRecord.OfEntry found) {
                long at = found.entry().getIndex();
                index.append(found.entry(), segment, offsets[i]);
                LogExtent.appended(extents, at, at);
            } else if (records.get(i) instanceof LogRecord.OfMarker found) {
                publish(found.marker());
            }
        }
    }

    private void publish(SnapshotMarker marker) {
        if (marker.origin() == SnapshotMarker.Origin.INSTALLED) {
            long at = marker.metadata().getIndex();
            markers.clear();
            index.reset(at, marker.metadata().getTerm());
            LogExtent.appended(extents, at + 1, 0);
        }
        markers.add(marker);
        while (markers.size() > MARKERS_KEPT) {
            markers.remove(0);
        }
    }

    private void publish() {
        standing = new Standing(extents.size(), segmentBytes, active().segment().framesEnd() - end);
        newestMarker = markers.isEmpty()
                ? Optional.empty()
                : Optional.of(markers.get(markers.size() - 1).metadata());
    }

    /** Begins a new segment with room for {@code payload} bytes behind what it carries over. */
    private Appended.@Nullable NoSpace cut(int payload) throws IOException {
        List<LogRecord> carried = carried();
        int carriedPayload = FrameWriter.payloadBytes(carried);
        long needed = SegmentHead.BYTES + 2L * Frame.OVERHEAD_BYTES + carriedPayload + payload + SegmentSeal.BYTES;
        SegmentSupply.Outcome prepared = supply.take(needed);
        if (prepared instanceof SegmentSupply.Outcome.NoSpace refusal) {
            return refusal.how();
        }
        SegmentSupply.Outcome.Ready ready = (SegmentSupply.Outcome.Ready) prepared;
        if (file != null) {
            // The new segment continues the chain of the old one, so all of that must be on the disk before the new
            // name is.
            force();
        }
        LogExtent before = extents.isEmpty() ? null : active();
        long sequence = before == null ? 1 : before.segment().head().sequence() + 1;
        SegmentHead head =
                new SegmentHead(sequence, index.lastIndex() + 1, ready.bytes(), identity, salt, nextFrame, chain);
        ready.file().write(ByteBuffer.wrap(head.encode()), 0);
        end = SegmentHead.BYTES;
        writeFrame(ready.file(), carried, carriedPayload);
        ready.file().force();
        durableFrame = nextFrame - 1;
        Path path = directory.resolve(new Segment.Name(sequence, head.firstIndex()).toString());
        files.rename(supply.preparedPath(), path);
        files.forceDirectory(directory);
        if (before != null) {
            seal(before.segment());
        }
        file = ready.file();
        Segment segment = new Segment(files, path, head);
        index.addSegment(segment);
        extents.add(new LogExtent(segment));
        segmentBytes += head.segmentBytes();
        if (before != null) {
            supply.prepareNext();
        }
        return null;
    }

    private List<LogRecord> carried() {
        List<LogRecord> carried = new ArrayList<>();
        carried.add(new LogRecord.OfHardState(hardState));
        for (SnapshotMarker marker : markers) {
            carried.add(new LogRecord.OfMarker(marker, LogRecord.CARRIED_MARKER));
        }
        return carried;
    }

    private void seal(Segment full) throws IOException {
        try (Files.OpenFile old = requireFile()) {
            byte[] seal = SegmentSeal.encode(full.head().sequence(), salt);
            old.write(ByteBuffer.wrap(seal), full.framesEnd());
            old.force();
        }
    }

    private LogExtent active() {
        return extents.get(extents.size() - 1);
    }

    private Files.OpenFile requireFile() {
        return Objects.requireNonNull(file, "the log is closed");
    }

    private Appended.Failed fail(String doing, Throwable cause) {
        Appended.Failed failure = new Appended.Failed(doing + " in " + directory + " failed: " + cause, cause);
        failed = failure;
        return failure;
    }

    /**
     * Forgets the entries up to and including {@code upTo}, which a snapshot whose marker is in the log must cover, and
     * deletes the segments that neither of the two newest snapshots needs. Does nothing if they are gone already, or the
     * log is failed. The caller keeps the files of {@link #markers} in the snapshot store.
     *
     * @throws IllegalStateException if no snapshot covers them
     */
    public void compact(long upTo) {
        if (failed != null) {
            return;
        }
        long covered = newestMarker.map(SnapshotMetadata::getIndex).orElse(0L);
        if (upTo > covered) {
            throw new IllegalStateException("compaction up to " + upTo + " with a snapshot at " + covered);
        }
        index.compact(upTo);
        try {
            deleteUpTo(Math.min(upTo, fallbackIndex()));
        } catch (IOException failure) {
            fail("deleting segments", failure);
        }
        publish();
    }

    /** The log must go on from here if the newest snapshot turns out to be bad. */
    private long fallbackIndex() {
        if (markers.isEmpty()) {
            return 0;
        }
        SnapshotMarker oldest = markers.get(0);
        boolean hasTwo = markers.size() == MARKERS_KEPT;
        // An installed snapshot has no log before it to fall back to.
        boolean stands = hasTwo || oldest.origin() == SnapshotMarker.Origin.INSTALLED;
        return stands ? oldest.metadata().getIndex() : 0;
    }

    private void deleteUpTo(long lastIndex) throws IOException {
        while (extents.size() > 1 && extents.get(0).lastIndex() <= lastIndex) {
            Segment oldest = extents.remove(0).segment();
            segmentBytes -= oldest.head().segmentBytes();
            index.removeSegment(oldest);
            oldest.drop();
            files.delete(oldest.path());
            // One after the other, so that no crash leaves a gap.
            files.forceDirectory(directory);
        }
    }

    /**
     * The log as the core reads it. {@link LogStorage#snapshot} comes from {@code newest}, to which only snapshots with a
     * marker belong. A read that the disk fails throws {@code UncheckedIOException} and fails the log.
     */
    public LogStorage storage(Supplier<Optional<Snapshot>> newest) {
        return new View(newest, new LogStorage.Initial(hardState, initialConfState));
    }

    private final class View implements LogStorage {
        private final Supplier<Optional<Snapshot>> newest;
        private final Initial initial;

        View(Supplier<Optional<Snapshot>> newest, Initial initial) {
            this.newest = newest;
            this.initial = initial;
        }

        @Override
        public Initial initial() {
            return initial;
        }

        @Override
        public Slice entries(long from, long to, long bytesMax) {
            return index.entries(from, to, bytesMax);
        }

        @Override
        public long term(long at) {
            return index.term(at);
        }

        @Override
        public long firstIndex() {
            return index.firstIndex();
        }

        @Override
        public long lastIndex() {
            return index.lastIndex();
        }

        @Override
        public Optional<Snapshot> snapshot() {
            return newest.get();
        }
    }

    /** The newest snapshot that has a marker in the log. Any thread. */
    public Optional<SnapshotMetadata> newestMarker() {
        return newestMarker;
    }

    /** The snapshots that have a marker, oldest first: the files to keep. Only on the thread that appends. */
    public List<SnapshotMetadata> markers() {
        return markers.stream().map(SnapshotMarker::metadata).toList();
    }

    /**
     * Looks again whether there is room for the next segment, while {@link WalStatus#spaceShort} says that there was none.
     * Only on the thread that appends.
     */
    public void retrySpace() {
        if (failed == null) {
            supply.retry();
        }
    }

    public WalStatus status() {
        Standing now = standing;
        Appended.Failed failure = failed;
        return new WalStatus(
                index.firstIndex(),
                index.lastIndex(),
                now.segments(),
                now.bytes() + supply.readyBytes(),
                now.leftBytes() + supply.readyBytes(),
                supply.spaceShort(),
                failure == null ? Optional.empty() : Optional.of(failure.reason()));
    }

    /** Forces what is not yet, and closes the files. The log cannot be used after. */
    @Override
    public void close() {
        try {
            if (failed == null && durableFrame < nextFrame - 1) {
                force();
            }
            fail("using a closed log", new IOException("closed"));
            supply.close();
            for (LogExtent extent : extents) {
                extent.segment().drop();
            }
            if (file != null) {
                file.close();
                file = null;
            }
        } catch (IOException failure) {
            fail("closing the log", failure);
        }
    }
}
