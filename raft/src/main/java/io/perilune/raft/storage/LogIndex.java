package io.perilune.raft.storage;

import io.perilune.raft.core.LogStorage;
import io.perilune.raft.core.LogStorage.Slice;
import io.perilune.raft.proto.Entry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where each entry of the log is: eight bytes an entry, runs of equal terms, and the newest entries themselves up to a
 * bound. The rest is read from the segments.
 *
 * <p>The thread that writes the log changes this, any thread reads; the lock is held for memory accesses only, never for
 * the disk. What a reader has looked up stays readable: segments are append-only, and one that is being read is not closed.
 */
final class LogIndex {
    /** The term before the first entry, where nothing tells it. */
    static final long TERM_UNKNOWN = -3;

    private static final int READ_BYTES = 128 * 1024;
    private static final int OFFSET_BITS = 40;
    private static final int RING_SLOTS_MIN = 64;

    private record TermRun(long first, long term) {}

    /** Entries read from files at a time: those that follow are better read while these are in use. */
    private static final int READ_ENTRIES_MAX = 16 * 1024;

    private final long cacheBytesMax;
    private final Consumer<IOException> readFailure;
    private final TreeMap<Long, Segment> segments = new TreeMap<>();
    private final List<TermRun> terms = new ArrayList<>();

    /** The entry at index i has its place at {@code i & (length - 1)}, in both rings. */
    private long[] places = new long[RING_SLOTS_MIN];

    private @Nullable Entry[] cache = new @Nullable Entry[RING_SLOTS_MIN];

    private long base;
    private long baseTerm;
    private long last;
    private long cacheFirst = 1;
    private long cacheBytes;

    LogIndex(long cacheBytesMax, Consumer<IOException> readFailure) {
        this.cacheBytesMax = cacheBytesMax;
        this.readFailure = readFailure;
    }

    synchronized long firstIndex() {
        return base + 1;
    }

    synchronized long lastIndex() {
        return last;
    }

    synchronized long baseTerm() {
        return baseTerm;
    }

    synchronized void setBaseTerm(long term) {
        baseTerm = term;
    }

    synchronized long term(long index) {
        if (index == base) {
            return baseTerm;
        }
        if (index < base) {
            return LogStorage.COMPACTED;
        }
        return index > last ? LogStorage.UNAVAILABLE : terms.get(run(index)).term();
    }

    synchronized void addSegment(Segment segment) {
        segments.put(segment.head().sequence(), segment);
    }

    synchronized void removeSegment(Segment segment) {
        segments.remove(segment.head().sequence());
    }

    /** Empties the log; the next entry is {@code index + 1}. */
    synchronized void reset(long index, long term) {
        clearCacheFrom(cacheFirst);
        terms.clear();
        base = index;
        baseTerm = term;
        last = index;
        cacheFirst = index + 1;
    }

    /** Puts an entry that is in {@code segment} at {@code offset} behind the last one, or in the place of an earlier one. */
    synchronized void append(Entry entry, Segment segment, long offset) {
        long index = entry.getIndex();
        if (index <= base || index > last + 1) {
            throw new IllegalStateException("entry " + index + " put into a log of " + (base + 1) + ".." + last);
        }
        if (index <= last) {
            truncateFrom(index);
        }
        ensureSlot();
        last = index;
        places[slot(index, places.length)] = place(segment, offset);
        if (terms.isEmpty() || terms.get(terms.size() - 1).term() != entry.getTerm()) {
            terms.add(new TermRun(index, entry.getTerm()));
        }
        cache(entry);
    }

    /** Forgets entries up to and including {@code index}. */
    synchronized void compact(long index) {
        if (index <= base) {
            return;
        }
        baseTerm = term(index);
        int first = run(index);
        terms.subList(0, first).clear();
        if (index == last) {
            terms.clear();
        }
        while (cacheFirst <= index) {
            evictOldest();
        }
        base = index;
        shrink();
    }

    /** As {@link LogStorage#entries}. */
    Slice entries(long from, long to, long bytesMax) {
        List<Entry> found = new ArrayList<>();
        Reading reading;
        synchronized (this) {
            if (from <= base) {
                return new Slice.Compacted(base + 1);
            }
            if (to > last + 1) {
                return new Slice.Unavailable(last);
            }
            if (from >= cacheFirst) {
                addCached(found, from, to, bytesMax);
                return new Slice.Found(Collections.unmodifiableList(found));
            }
            long planned = Math.min(Math.min(to, cacheFirst), from + READ_ENTRIES_MAX);
            reading = plan(from, planned);
            if (planned == cacheFirst) {
                addCached(found, planned, to, bytesMax);
            }
        }
        return new Slice.Found(Collections.unmodifiableList(readBefore(reading, found, bytesMax)));
    }

    private void addCached(List<Entry> found, long from, long to, long bytesMax) {
        long bytes = 0;
        for (long index = from; index < to; index++) {
            Entry entry = cache[slot(index, cache.length)];
            if (entry == null) {
                throw new IllegalStateException("entry " + index + " is not cached, the cache begins at " + cacheFirst);
            }
            bytes += entry.getSerializedSize();
            if (bytes > bytesMax && !found.isEmpty()) {
                return;
            }
            found.add(entry);
        }
    }

    private static List<Entry> readBefore(List<Entry> older, List<Entry> cached, long bytes, long bytesMax) {
        for (Entry entry : cached) {
            bytes += entry.getSerializedSize();
            if (bytes > bytesMax) {
                break;
            }
            older.add(entry);
        }
        return older;
    }

    private List<Entry> readBefore(Reading reading, List<Entry> cached, long bytesMax) {
        List<Entry> older = new ArrayList<>();
        long bytes = 0;
        try {
            for (int i = 0; i < reading.places.length; i++) {
                Entry entry = reading.read(i);
                bytes += entry.getSerializedSize();
                if (bytes > bytesMax && i > 0) {
                    return older;
                }
                older.add(entry);
            }
        } catch (IOException failure) {
            readFailure.accept(failure);
            throw new UncheckedIOException(failure);
        } finally {
            reading.close();
        }
        return readBefore(older, cached, bytes, bytesMax);
    }

    private Reading plan(long from, long to) {
        long[] wanted = new long[(int) (to - from)];
        for (int i = 0; i < wanted.length; i++) {
            wanted[i] = places[slot(from + i, places.length)];
        }
        return new Reading(
                from,
                wanted,
                new TreeMap<>(segments.subMap(sequence(wanted[0]), true, sequence(wanted[wanted.length - 1]), true)));
    }

    /** Entries looked up, with their segments held open. */
    private final class Reading {
        private final long from;
        private final long[] places;
        private final TreeMap<Long, Segment> held = new TreeMap<>();
        private final TreeMap<Long, Files.OpenFile> files = new TreeMap<>();
        private byte[] window = new byte[0];
        private long windowSequence = -1;
        private long windowStart;
        private int windowLength;

        Reading(long from, long[] places, TreeMap<Long, Segment> among) {
            this.from = from;
            this.places = places;
            try {
                for (var each : among.entrySet()) {
                    files.put(each.getKey(), each.getValue().acquire());
                    held.put(each.getKey(), each.getValue());
                }
            } catch (IOException failure) {
                close();
                readFailure.accept(failure);
                throw new UncheckedIOException(failure);
            }
        }

        Entry read(int i) throws IOException {
            long sequence = sequence(places[i]);
            long offset = offset(places[i]);
            int at = require(sequence, offset, LogRecord.HEADER_BYTES);
            int length = Frame.getInt(window, at + 1);
            if (length < 0 || length > Frame.PAYLOAD_BYTES_MAX) {
                throw damaged(sequence, offset, from + i);
            }
            at = require(sequence, offset, LogRecord.HEADER_BYTES + length);
            if (Frame.getInt(window, at + 5) != Frame.recordCrc(window, at, length)) {
                throw damaged(sequence, offset, from + i);
            }
            try {
                if (LogRecord.decode(window[at], window, at + LogRecord.HEADER_BYTES, length)
                                instanceof LogRecord.OfEntry found
                        && found.entry().getIndex() == from + i) {
                    return found.entry();
                }
            } catch (DamagedException malformed) {
                throw new IOException(malformed.getMessage(), malformed);
            }
            throw damaged(sequence, offset, from + i);
        }

        private IOException damaged(long sequence, long offset, long index) {
            Segment segment = held.get(sequence);
            return new IOException((segment == null ? "segment " + sequence : segment.path()) + " at offset " + offset
                    + ": entry " + index + " was written whole and cannot be read any more");
        }

        /** Brings {@code length} bytes at {@code offset} into the window; answers where in it they begin. */
        private int require(long sequence, long offset, int length) throws IOException {
            if (sequence != windowSequence || offset < windowStart || offset + length > windowStart + windowLength) {
                fill(sequence, offset, Math.max(length, READ_BYTES));
                if (windowLength < length) {
                    throw damaged(sequence, offset, 0);
                }
            }
            return (int) (offset - windowStart);
        }

        private void fill(long sequence, long offset, int length) throws IOException {
            Files.OpenFile file = files.get(sequence);
            if (file == null) {
                throw new IllegalStateException("segment " + sequence + " is gone with entries of the log in it");
            }
            if (window.length < length) {
                window = new byte[length];
            }
            windowLength = Math.max(0, file.read(java.nio.ByteBuffer.wrap(window, 0, length), offset));
            windowSequence = sequence;
            windowStart = offset;
        }

        void close() {
            for (Segment segment : held.values()) {
                try {
                    segment.release();
                } catch (IOException failure) {
                    // The entries were read well; a reader's file that does not close is a leak, not a loss.
                    readFailure.accept(failure);
                }
            }
        }
    }

    private void truncateFrom(long index) {
        clearCacheFrom(index);
        while (!terms.isEmpty() && terms.get(terms.size() - 1).first() >= index) {
            terms.remove(terms.size() - 1);
        }
        last = index - 1;
        cacheFirst = Math.min(cacheFirst, index);
    }

    private void clearCacheFrom(long index) {
        for (long i = Math.max(index, cacheFirst); i <= last; i++) {
            Entry gone = cache[slot(i, cache.length)];
            cacheBytes -= gone == null ? 0 : gone.getSerializedSize();
            cache[slot(i, cache.length)] = null;
        }
    }

    private void cache(Entry entry) {
        cache[slot(entry.getIndex(), cache.length)] = entry;
        cacheBytes += entry.getSerializedSize();
        while (cacheBytes > cacheBytesMax) {
            evictOldest();
        }
    }

    private void evictOldest() {
        if (cacheFirst <= last) {
            Entry gone = cache[slot(cacheFirst, cache.length)];
            cacheBytes -= gone == null ? 0 : gone.getSerializedSize();
            cache[slot(cacheFirst, cache.length)] = null;
        }
        cacheFirst++;
    }

    private void ensureSlot() {
        long count = last - base;
        if (count == places.length) {
            resizePlaces(places.length * 2);
        }
        if (last - cacheFirst + 1 == cache.length) {
            resizeCache(cache.length * 2);
        }
    }

    private void shrink() {
        long count = last - base;
        if (places.length > RING_SLOTS_MIN && count < places.length / 8) {
            resizePlaces(places.length / 4);
        }
        if (cache.length > RING_SLOTS_MIN && last - cacheFirst + 1 < cache.length / 8) {
            resizeCache(cache.length / 4);
        }
    }

    private void resizePlaces(int length) {
        long[] resized = new long[length];
        for (long index = base + 1; index <= last; index++) {
            resized[slot(index, length)] = places[slot(index, places.length)];
        }
        places = resized;
    }

    private void resizeCache(int length) {
        @Nullable Entry[] resized = new @Nullable Entry[length];
        for (long index = cacheFirst; index <= last; index++) {
            resized[slot(index, length)] = cache[slot(index, cache.length)];
        }
        cache = resized;
    }

    /** The run of terms that holds {@code index}. */
    private int run(long index) {
        int low = 0;
        int high = terms.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (terms.get(middle).first() <= index) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    private static int slot(long index, int length) {
        return (int) (index & (length - 1));
    }

    private static long place(Segment segment, long offset) {
        long sequence = segment.head().sequence();
        if (offset >>> OFFSET_BITS != 0 || sequence >>> (Long.SIZE - OFFSET_BITS) != 0) {
            throw new IllegalStateException("segment " + sequence + " offset " + offset + " exceed the index");
        }
        return sequence << OFFSET_BITS | offset;
    }

    private static long sequence(long place) {
        return place >>> OFFSET_BITS;
    }

    private static long offset(long place) {
        return place & ((1L << OFFSET_BITS) - 1);
    }
}
