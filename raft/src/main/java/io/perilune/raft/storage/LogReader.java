package io.perilune.raft.storage;

import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.HardState;
import io.perilune.raft.proto.SnapshotMetadata;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a whole log at start and says what of it can be trusted. It changes nothing on the disk but a torn tail, which it
 * keeps aside and overwrites with zeros.
 */
final class LogReader {
    private static final String REJOIN =
            "Nothing was changed. Restore this file from a copy of the disk, or remove this node"
                    + " from the cluster, clear its data directory and let it join as a new member";
    private static final int PROGRESS_BYTES = 8 * 1024 * 1024;
    private static final int COPY_BYTES = 64 * 1024;

    private final Files files;
    private final Path directory;
    private final StorageIdentity identity;
    private final Recovery.Progress progress;
    private final LogIndex index;

    private final List<LogExtent> extents = new ArrayList<>();
    private List<SnapshotMarker> markers = new ArrayList<>();
    private final Deque<Unvouched> unvouched = new ArrayDeque<>();
    private HardState hardState = HardState.getDefaultInstance();
    private long nextFrame = 1;
    private int chain;
    private boolean started;
    private long bytesTotal;
    private long bytesRead;
    private long bytesReported;
    private Optional<Recovery.Cut> cut = Optional.empty();

    LogReader(Files files, Path directory, StorageIdentity identity, Recovery.Progress progress, LogIndex index) {
        this.files = files;
        this.directory = directory;
        this.identity = identity;
        this.progress = progress;
        this.index = index;
    }

    /** What there is to go on with. {@code end} is where the next frame goes in the last of the extents. */
    record Found(
            List<LogExtent> extents,
            List<SnapshotMarker> markers,
            HardState hardState,
            long nextFrame,
            int chain,
            long end,
            Optional<Recovery.Cut> cut,
            Optional<SnapshotMetadata> snapshot) {
        /** A log that does not exist yet. */
        static final Found NOTHING = new Found(
                List.of(), List.of(), HardState.getDefaultInstance(), 1, 0, 0, Optional.empty(), Optional.empty());
    }

    /** Reads the segments called {@code names}, oldest first, at least one. */
    Found read(List<Segment.Name> names, List<SnapshotMetadata> usable) throws StorageRefusedException, IOException {
        requireNoGap(names);
        for (Segment.Name name : names) {
            bytesTotal += size(directory.resolve(name.toString()));
        }
        long end = 0;
        for (int i = 0; i < names.size(); i++) {
            end = readSegment(names.get(i), i == names.size() - 1);
        }
        progress.read(bytesTotal, bytesTotal, index.lastIndex());
        Optional<SnapshotMetadata> snapshot = settle(usable);
        return new Found(extents, markers, hardState, nextFrame, chain, end, cut, snapshot);
    }

    private void requireNoGap(List<Segment.Name> names) throws StorageRefusedException {
        for (int i = 1; i < names.size(); i++) {
            long before = names.get(i - 1).sequence();
            if (names.get(i).sequence() != before + 1) {
                throw StorageRefusedException.of(
                        directory.resolve(names.get(i).toString()),
                        "segment " + (before + 1) + " of the log is missing: this one follows " + names.get(i - 1),
                        REJOIN);
            }
        }
    }

    private long size(Path path) throws IOException {
        try (Files.OpenFile file = files.openForReading(path)) {
            return file.size();
        }
    }

    private long readSegment(Segment.Name name, boolean isLast) throws StorageRefusedException, IOException {
        Path path = directory.resolve(name.toString());
        try (Files.OpenFile file = isLast ? files.open(path) : files.openForReading(path)) {
            Window window = new Window(file);
            SegmentHead head = readHead(path, name, window);
            Segment segment = new Segment(files, path, head);
            extents.add(new LogExtent(segment));
            index.addSegment(segment);
            long end = readFrames(segment, window);
            SegmentEnd rest = new SegmentEnd(segment, file, end, isLast);
            if (isLast) {
                rest.checkLast();
            } else {
                rest.checkInner();
            }
            bytesRead += window.size;
            return end;
        }
    }

    private SegmentHead readHead(Path path, Segment.Name name, Window window)
            throws StorageRefusedException, IOException {
        if (!window.holds(0, SegmentHead.BYTES)) {
            throw refused(path, 0, "the file ends inside its head", null);
        }
        SegmentHead head;
        try {
            head = SegmentHead.decode(window.copy(0, SegmentHead.BYTES));
        } catch (DamagedException damaged) {
            throw refused(path, 0, String.valueOf(damaged.getMessage()), damaged);
        }
        if (!head.identity().equals(identity)) {
            throw refused(path, 0, "this log belongs to " + head.identity() + ", not to " + identity, null);
        }
        if (head.sequence() != name.sequence() || head.firstIndex() != name.firstIndex()) {
            throw refused(path, 0, "the head says " + new Segment.Name(head.sequence(), head.firstIndex()), null);
        }
        if (!started) {
            nextFrame = head.firstFrame();
            chain = head.chain();
            if (head.sequence() > 1) {
                index.reset(head.firstIndex() - 1, LogIndex.TERM_UNKNOWN);
            }
        }
        if (head.firstFrame() != nextFrame || head.chain() != chain) {
            Path before = extents.get(extents.size() - 1).segment().path();
            throw refused(
                    before,
                    StorageRefusedException.UNKNOWN,
                    "the log breaks off after frame " + (nextFrame - 1) + ", but the next segment begins with frame "
                            + head.firstFrame() + ": the end of this segment is lost or damaged",
                    null);
        }
        return head;
    }

    /** Reads frames while they are good. */
    private long readFrames(Segment segment, Window window) throws StorageRefusedException, IOException {
        long at = SegmentHead.BYTES;
        // The segments before were forced before this one was made.
        unvouched.clear();
        List<Placed> placed = new ArrayList<>();
        while (at + Frame.OVERHEAD_BYTES <= segment.framesEnd()) {
            Frame frame = readFrame(segment, window, at, placed);
            if (frame == null) {
                break;
            }
            boolean carries = at == SegmentHead.BYTES;
            for (Placed each : placed) {
                replay(segment, each, carries && !started);
            }
            started = true;
            while (!unvouched.isEmpty() && unvouched.peekFirst().sequence() <= frame.durable()) {
                unvouched.removeFirst();
            }
            unvouched.addLast(new Unvouched(frame.sequence(), at));
            at += frame.bytes();
            nextFrame++;
            report(at);
        }
        if (at == SegmentHead.BYTES) {
            throw refused(segment.path(), at, "the frame behind the head, which was forced with it, is damaged", null);
        }
        return at;
    }

    /** A frame that no later one is known to vouch for. */
    private record Unvouched(long sequence, long offset) {}

    private record Placed(LogRecord what, long offset) {}

    /** The frame at {@code at}, its records in {@code placed}, and the chain moved on; null if there is no good one. */
    private @Nullable Frame readFrame(Segment segment, Window window, long at, List<Placed> placed)
            throws StorageRefusedException, IOException {
        placed.clear();
        if (!window.holds(at, Frame.HEADER_BYTES)) {
            return null;
        }
        int header = window.at(at);
        Frame frame = Frame.decodeHeader(
                window.bytes,
                header,
                header + Frame.HEADER_BYTES,
                segment.head().salt());
        if (frame == null
                || frame.sequence() != nextFrame
                || frame.chainBefore() != chain
                || frame.payloadBytes() < 0
                || at + frame.bytes() > segment.framesEnd()) {
            return null;
        }
        int running = frame.chainAfterHeader(window.bytes, header);
        long next = at + Frame.HEADER_BYTES;
        long recordsEnd = next + frame.payloadBytes();
        for (int i = 0; i < frame.records(); i++) {
            if (next + LogRecord.HEADER_BYTES > recordsEnd || !window.holds(next, LogRecord.HEADER_BYTES)) {
                return null;
            }
            int length = Frame.getInt(window.bytes, window.at(next) + 1);
            if (length < 0
                    || length > recordsEnd - next - LogRecord.HEADER_BYTES
                    || !window.holds(next, LogRecord.HEADER_BYTES + length)) {
                return null;
            }
            int begin = window.at(next);
            if (Frame.getInt(window.bytes, begin + 5) != Frame.recordCrc(window.bytes, begin, length)) {
                return null;
            }
            running = Frame.chainAfterRecord(running, window.bytes, begin);
            placed.add(new Placed(decode(segment, next, window.bytes, begin, length), next));
            next += LogRecord.HEADER_BYTES + length;
        }
        if (next != recordsEnd
                || !window.holds(next, Frame.END_BYTES)
                || !window.equalsAt(next, frame.encodeEnd(running))) {
            return null;
        }
        chain = running;
        return frame;
    }

    private LogRecord decode(Segment segment, long offset, byte[] bytes, int begin, int length)
            throws StorageRefusedException {
        try {
            return LogRecord.decode(bytes[begin], bytes, begin + LogRecord.HEADER_BYTES, length);
        } catch (DamagedException | IllegalArgumentException malformed) {
            // The checksum was right: this was written so, by a newer program or by a mistake of ours.
            throw refused(segment.path(), offset, String.valueOf(malformed.getMessage()), malformed);
        }
    }

    private void replay(Segment segment, Placed placed, boolean isStart) throws StorageRefusedException {
        if (placed.what() instanceof LogRecord.OfHardState found) {
            hardState = found.hardState();
        } else if (placed.what() instanceof LogRecord.OfEntry found) {
            replay(segment, found.entry(), placed.offset());
        } else if (placed.what() instanceof LogRecord.OfMarker found) {
            if (found.type() == LogRecord.MARKER) {
                replay(found.marker());
            } else if (isStart) {
                markers.add(found.marker());
            }
        }
    }

    private void replay(Segment segment, Entry entry, long offset) throws StorageRefusedException {
        long at = entry.getIndex();
        if (at < index.firstIndex() && index.baseTerm() == LogIndex.TERM_UNKNOWN) {
            // The entries seen first were replaced later, and what came before is in segments that were deleted.
            index.reset(at - 1, LogIndex.TERM_UNKNOWN);
        }
        if (at > index.lastIndex() + 1 || at < index.firstIndex()) {
            throw refused(
                    segment.path(),
                    offset,
                    "entry " + at + " does not follow the log " + index.firstIndex() + ".." + index.lastIndex(),
                    null);
        }
        index.append(entry, segment, offset);
        LogExtent.appended(extents, at, at);
    }

    private void replay(SnapshotMarker marker) {
        if (marker.origin() == SnapshotMarker.Origin.INSTALLED) {
            markers.clear();
            index.reset(marker.metadata().getIndex(), marker.metadata().getTerm());
            LogExtent.appended(extents, marker.metadata().getIndex() + 1, 0);
        }
        markers.add(marker);
    }

    private void report(long offset) {
        long done = bytesRead + offset;
        if (done - bytesReported >= PROGRESS_BYTES) {
            bytesReported = done;
            progress.read(done, bytesTotal, index.lastIndex());
        }
    }

    /** Chooses the snapshot to start from and checks that the log goes on from there. */
    private Optional<SnapshotMetadata> settle(List<SnapshotMetadata> usable) throws StorageRefusedException {
        List<SnapshotMarker> kept = new ArrayList<>();
        for (SnapshotMarker marker : markers) {
            if (contains(usable, marker.metadata())) {
                kept.add(marker);
            }
        }
        Optional<SnapshotMetadata> snapshot = kept.isEmpty()
                ? Optional.empty()
                : Optional.of(kept.get(kept.size() - 1).metadata());
        long start = snapshot.map(SnapshotMetadata::getIndex).orElse(0L);
        if (index.firstIndex() > start + 1 || index.lastIndex() < start) {
            throw StorageRefusedException.of(directory, gap(start), REJOIN);
        }
        if (hardState.getCommit() > index.lastIndex()) {
            throw StorageRefusedException.of(
                    directory,
                    "the log ends at index " + index.lastIndex() + ", but index " + hardState.getCommit()
                            + " was committed: its end is missing",
                    REJOIN);
        }
        markers = kept;
        settleBase(snapshot);
        raiseHardState(snapshot);
        return snapshot;
    }

    private static boolean contains(List<SnapshotMetadata> usable, SnapshotMetadata wanted) {
        return usable.stream()
                .anyMatch(each -> each.getIndex() == wanted.getIndex() && each.getTerm() == wanted.getTerm());
    }

    private String gap(long start) {
        String missing = markers.isEmpty()
                ? ""
                : ", and of the snapshots it needs none is complete in the store: "
                        + String.join(
                                ", ", markers.stream().map(LogReader::name).toList());
        return "the log holds entries " + index.firstIndex() + ".." + index.lastIndex() + ", which do not go on from "
                + (start == 0 ? "the beginning" : "the snapshot at " + start) + missing;
    }

    private static String name(SnapshotMarker marker) {
        return "index " + marker.metadata().getIndex() + " term "
                + marker.metadata().getTerm();
    }

    /** The core asks for the term before the first entry, so a first entry whose predecessor is unknown serves as that. */
    private void settleBase(Optional<SnapshotMetadata> snapshot) {
        if (index.baseTerm() != LogIndex.TERM_UNKNOWN) {
            return;
        }
        long base = index.firstIndex() - 1;
        if (snapshot.isPresent() && snapshot.get().getIndex() == base) {
            index.setBaseTerm(snapshot.get().getTerm());
        } else if (base == 0) {
            index.setBaseTerm(0);
        } else {
            index.compact(base + 1);
        }
    }

    /** A commit index is written without a force, so it may lag behind a snapshot. */
    private void raiseHardState(Optional<SnapshotMetadata> snapshot) {
        if (snapshot.isEmpty()) {
            return;
        }
        SnapshotMetadata at = snapshot.get();
        hardState = hardState.toBuilder()
                .setCommit(Math.max(hardState.getCommit(), at.getIndex()))
                .build();
        if (hardState.getTerm() < at.getTerm()) {
            hardState = hardState.toBuilder().setTerm(at.getTerm()).setVote(0).build();
        }
    }

    private StorageRefusedException refused(Path path, long offset, String reason, @Nullable Throwable cause) {
        return new StorageRefusedException(path, offset, index.lastIndex(), reason, REJOIN, cause);
    }

    /** What follows the last good frame of a segment. */
    private final class SegmentEnd {
        private final Segment segment;
        private final Files.OpenFile file;
        private final long end;
        private final boolean isLast;
        private final long size;

        SegmentEnd(Segment segment, Files.OpenFile file, long end, boolean isLast) throws IOException {
            this.segment = segment;
            this.file = file;
            this.end = end;
            this.isLast = isLast;
            this.size = file.size();
        }

        /** Whether frames are missing shows in the head of the next segment; this says more where it can. */
        void checkInner() throws StorageRefusedException, IOException {
            long nonZero = lastNonZero(end, Math.min(size, segment.framesEnd()));
            if (nonZero >= end) {
                throw refused(
                        segment.path(), end, "frame " + nextFrame + " is damaged, and later segments follow", null);
            }
        }

        void checkLast() throws StorageRefusedException, IOException {
            long declared = segment.head().segmentBytes();
            requireOpen();
            long nonZero = lastNonZero(end, Math.min(size, segment.framesEnd()));
            if (size < declared && (nonZero >= end || size <= end)) {
                throw refused(
                        segment.path(),
                        end,
                        "the file has " + size + " bytes and was made with " + declared
                                + ": it was cut, and what followed may have been acknowledged",
                        null);
            }
            if (size > declared) {
                keepAside(declared, size);
            }
            if (nonZero >= end) {
                String objection =
                        new TornTail(copy(end, nonZero + 1), end, segment.head().salt(), nextFrame).objection();
                if (objection != null) {
                    throw refused(segment.path(), end, objection, null);
                }
                keepAside(end, nonZero + 1);
                zero(end, nonZero + 1);
            }
            if (size != declared) {
                file.truncate(Math.min(size, declared));
                zero(Math.min(size, declared), declared);
            }
            rewrite(Math.min(unvouched.isEmpty() ? end : unvouched.peekFirst().offset(), end), end);
            file.force();
        }

        private void requireOpen() throws StorageRefusedException, IOException {
            if (size < segment.head().segmentBytes()) {
                return;
            }
            byte[] seal = copy(segment.framesEnd(), segment.head().segmentBytes());
            switch (SegmentSeal.read(
                    seal, segment.head().sequence(), segment.head().salt())) {
                case OPEN -> {}
                case SEALED ->
                    throw refused(
                            segment.path(),
                            segment.framesEnd(),
                            "this segment is sealed, so segment "
                                    + (segment.head().sequence() + 1) + " is missing",
                            null);
                case DAMAGED ->
                    throw refused(segment.path(), segment.framesEnd(), "the seal of the segment is damaged", null);
            }
        }

        /**
         * Writes the last frames again, those that no later frame knows to be forced. A process that died before its force,
         * or whose force failed, may have left them in the page cache only, and in the second case marked as written.
         */
        private void rewrite(long from, long to) throws IOException {
            for (long at = from; at < to; at += COPY_BYTES) {
                file.write(ByteBuffer.wrap(copy(at, Math.min(to, at + COPY_BYTES))), at);
            }
        }

        /** Copies bytes into a file of their own. */
        private void keepAside(long from, long to) throws IOException {
            Path kept = freeName(from);
            try (Files.OpenFile aside = files.create(kept)) {
                for (long at = from; at < to; at += COPY_BYTES) {
                    aside.write(ByteBuffer.wrap(copy(at, Math.min(to, at + COPY_BYTES))), at - from);
                }
                aside.force();
            }
            files.forceDirectory(directory);
            cut = Optional.of(new Recovery.Cut(segment.path(), from, to - from, kept));
        }

        private Path freeName(long from) throws IOException {
            String stem = segment.path().getFileName() + "-" + from;
            for (int i = 0; ; i++) {
                Path path = directory.resolve(stem + (i == 0 ? "" : "-" + i) + ".broken");
                if (!files.exists(path)) {
                    return path;
                }
            }
        }

        private void zero(long from, long to) throws IOException {
            for (long at = from; at < to; at += COPY_BYTES) {
                file.write(ByteBuffer.allocate((int) Math.min(COPY_BYTES, to - at)), at);
            }
        }

        private byte[] copy(long from, long to) throws IOException {
            byte[] bytes = new byte[Math.toIntExact(to - from)];
            file.read(ByteBuffer.wrap(bytes), from);
            return bytes;
        }

        /** Where the last byte other than zero stands in {@code from..to-1}; before {@code from} if there is none. */
        private long lastNonZero(long from, long to) throws IOException {
            long found = from - 1;
            byte[] zeros = new byte[COPY_BYTES];
            byte[] bytes = new byte[COPY_BYTES];
            for (long at = from; at < to; at += COPY_BYTES) {
                int length = (int) Math.min(COPY_BYTES, to - at);
                file.read(ByteBuffer.wrap(bytes, 0, length), at);
                if (java.util.Arrays.equals(bytes, 0, length, zeros, 0, length)) {
                    continue;
                }
                int last = length - 1;
                while (bytes[last] == 0) {
                    last--;
                }
                found = at + last;
            }
            return found;
        }
    }

    /** A part of a file in memory, moving forward. */
    private static final class Window {
        private static final int BYTES = 1024 * 1024;

        private final Files.OpenFile file;
        private final long size;
        private byte[] bytes;
        private long start;
        private int length;

        Window(Files.OpenFile file) throws IOException {
            this.file = file;
            this.size = file.size();
            this.bytes = new byte[(int) Math.min(BYTES, size)];
        }

        /** Brings these bytes into memory, if the file has them. May move what was there. */
        boolean holds(long from, int count) throws IOException {
            if (from + count > size) {
                return false;
            }
            if (from >= start && from + count <= start + length) {
                return true;
            }
            if (count > bytes.length) {
                bytes = new byte[count];
            }
            start = from;
            length = Math.max(0, file.read(ByteBuffer.wrap(bytes), from));
            return length >= count;
        }

        int at(long position) {
            return (int) (position - start);
        }

        byte[] copy(long from, int count) {
            return java.util.Arrays.copyOfRange(bytes, at(from), at(from) + count);
        }

        boolean equalsAt(long from, byte[] wanted) {
            return java.util.Arrays.equals(bytes, at(from), at(from) + wanted.length, wanted, 0, wanted.length);
        }
    }
}
