package io.perilune.raft.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A log file for readers. It may be dropped while someone reads: the file is closed when the last reader has let go. Any
 * thread.
 */
final class Segment {
    private static final Pattern NAME = Pattern.compile("([0-9a-f]{16})-([0-9a-f]{16})\\.wal");

    private final Files files;
    private final Path path;
    private final SegmentHead head;
    private Files.@Nullable OpenFile file;
    private int readers;
    private boolean dropped;

    Segment(Files files, Path path, SegmentHead head) {
        this.files = files;
        this.path = path;
        this.head = head;
    }

    /** Sequence and first index as a file name tells them. */
    record Name(long sequence, long firstIndex) {
        static @Nullable Name parse(String name) {
            Matcher matcher = NAME.matcher(name);
            return matcher.matches()
                    ? new Name(
                            Long.parseUnsignedLong(matcher.group(1), 16), Long.parseUnsignedLong(matcher.group(2), 16))
                    : null;
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%016x-%016x.wal", sequence, firstIndex);
        }
    }

    Path path() {
        return path;
    }

    SegmentHead head() {
        return head;
    }

    /** End of the space for frames. */
    long framesEnd() {
        return head.segmentBytes() - SegmentSeal.BYTES;
    }

    /** The open file; to be given back with {@link #release}. */
    synchronized Files.OpenFile acquire() throws IOException {
        if (file == null) {
            file = files.openForReading(path);
        }
        readers++;
        return file;
    }

    synchronized void release() throws IOException {
        readers--;
        closeIfUnused();
    }

    /** No new readers will come. */
    synchronized void drop() throws IOException {
        dropped = true;
        closeIfUnused();
    }

    private void closeIfUnused() throws IOException {
        if (dropped && readers == 0 && file != null) {
            file.close();
            file = null;
        }
    }
}
