package io.perilune.raft.core;

import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The log as the algorithm sees it: what is stored, then what is not yet known to be. Keeps how far it is committed, how
 * far handed out for applying, and how far applied; {@code applied <= applying <= committed}.
 */
final class RaftLog {
    private final LogStorage storage;
    private final UnstableTail tail;
    private final long applyingBytesMax;
    private long committed;
    private long applying;
    private long applied;
    private long applyingBytes;
    private boolean applyingPaused;

    RaftLog(LogStorage storage, long applyingBytesMax) {
        this.storage = storage;
        this.applyingBytesMax = applyingBytesMax;
        long first = storage.firstIndex();
        long last = storage.lastIndex();
        Invariant.check(first >= 1 && last >= first - 1, "stored log is %d..%d", first, last);
        tail = new UnstableTail(last + 1);
        committed = first - 1;
        applying = first - 1;
        applied = first - 1;
    }

    long committed() {
        return committed;
    }

    long applied() {
        return applied;
    }

    long firstIndex() {
        return tail.snapshot() == null ? storage.firstIndex() : tail.snapshotIndex() + 1;
    }

    /** The tail begins where the storage ends, so that its end is the end even when it is empty. */
    long lastIndex() {
        return tail.end() - 1;
    }

    long lastTerm() {
        long term = term(lastIndex());
        Invariant.check(term >= 0, "no term at last index %d, answer %d", lastIndex(), term);
        return term;
    }

    /** As {@link LogStorage#term}. */
    long term(long index) {
        if (index > lastIndex()) {
            return LogStorage.UNAVAILABLE;
        }
        if (index >= tail.offset()) {
            return tail.term(index);
        }
        Snapshot snapshot = tail.snapshot();
        if (snapshot != null) {
            boolean there = index == tail.snapshotIndex();
            return there ? snapshot.getMetadata().getTerm() : LogStorage.COMPACTED;
        }
        return storage.term(index);
    }

    /** Whether the entry there is the one of {@code term}; then the logs agree on everything before, too (§3.5). */
    boolean holds(long index, long term) {
        return term >= 0 && term(index) == term;
    }

    /** Whether a log that ends so holds at least what this one does (§3.6.1). */
    boolean isUpToDate(long otherLastIndex, long otherLastTerm) {
        long term = lastTerm();
        return otherLastTerm > term || (otherLastTerm == term && otherLastIndex >= lastIndex());
    }

    /** The last place at or before {@code index} whose term is at most {@code term}: the logs cannot agree after it. */
    long lastNotAfterTerm(long index, long term) {
        long place = index;
        while (place > 0) {
            long own = term(place);
            if (own <= term) {
                // Also where the term is not known any more.
                return place;
            }
            place--;
        }
        return 0;
    }

    /** {@link #term}, or 0 where it is not known. */
    long termOrZero(long index) {
        return Math.max(0, term(index));
    }

    /** Appends a leader's own new entries. */
    void append(List<Entry> added) {
        long first = added.get(0).getIndex();
        Invariant.check(first > committed, "append at %d would replace committed entries up to %d", first, committed);
        tail.put(added);
    }

    /**
     * Takes a leader's entries, which follow one that this log holds. Entries that are there already are not touched:
     * the message may be an old one, and later entries may be acknowledged (§3.5).
     */
    void merge(List<Entry> received) {
        for (int i = 0; i < received.size(); i++) {
            Entry entry = received.get(i);
            if (!holds(entry.getIndex(), entry.getTerm())) {
                append(received.subList(i, received.size()));
                return;
            }
        }
    }

    /** Entries of {@code from..to} exclusive within a size, at least one; empty for an empty range; null if compacted. */
    @Nullable
    List<Entry> entries(long from, long to, long bytesMax) {
        if (from >= to) {
            return List.of();
        }
        if (from < firstIndex()) {
            return null;
        }
        Invariant.check(to <= lastIndex() + 1, "entries %d..%d asked of a log up to %d", from, to - 1, lastIndex());
        if (from >= tail.offset()) {
            return limited(tail.slice(from, to), bytesMax);
        }
        long storedEnd = Math.min(to, tail.offset());
        List<Entry> stored = stored(from, storedEnd, bytesMax);
        if (stored == null || storedEnd == to || stored.size() < storedEnd - from) {
            return stored;
        }
        List<Entry> joined = new ArrayList<>(stored);
        joined.addAll(tail.slice(storedEnd, to));
        return limited(joined, bytesMax);
    }

    private @Nullable List<Entry> stored(long from, long to, long bytesMax) {
        LogStorage.Slice slice = storage.entries(from, to, bytesMax);
        if (slice instanceof LogStorage.Slice.Found found) {
            Invariant.check(!found.entries().isEmpty(), "storage found nothing in %d..%d", from, to - 1);
            return found.entries();
        }
        if (slice instanceof LogStorage.Slice.Unavailable unavailable) {
            Invariant.check(false, "stored entries %d..%d are gone, last is %d", from, to - 1, unavailable.lastIndex());
        }
        return null;
    }

    private static List<Entry> limited(List<Entry> entries, long bytesMax) {
        if (bytesMax == Long.MAX_VALUE) {
            return entries;
        }
        long bytes = entries.get(0).getSerializedSize();
        int taken = 1;
        while (taken < entries.size()) {
            bytes += entries.get(taken).getSerializedSize();
            if (bytes > bytesMax) {
                break;
            }
            taken++;
        }
        return entries.subList(0, taken);
    }

    void commitTo(long index) {
        if (index > committed) {
            Invariant.check(
                    index <= lastIndex(),
                    "commit %d beyond last index %d; was the log truncated or lost?",
                    index,
                    lastIndex());
            committed = index;
        }
    }

    boolean hasPendingSnapshot() {
        return tail.snapshot() != null;
    }

    boolean hasUnstableEntries() {
        return !tail.isEmpty();
    }

    UnstableTail tail() {
        return tail;
    }

    /** Entries to apply next. {@code unstableToo}: also those whose storing is not known to be done. */
    List<Entry> nextToApply(boolean unstableToo) {
        if (!hasNextToApply(unstableToo)) {
            return List.of();
        }
        long quota = applyingBytesMax == Long.MAX_VALUE ? Long.MAX_VALUE : applyingBytesMax - applyingBytes;
        List<Entry> next = entries(applying + 1, appliable(unstableToo) + 1, quota);
        if (next == null) {
            throw new IllegalStateException(
                    "entries after " + applying + " were compacted before they were applied, first is " + firstIndex());
        }
        return List.copyOf(next);
    }

    boolean hasNextToApply(boolean unstableToo) {
        return !applyingPaused && !hasPendingSnapshot() && applying < appliable(unstableToo);
    }

    void handedOutToApply(List<Entry> entries, boolean unstableToo) {
        applying = entries.get(entries.size() - 1).getIndex();
        Invariant.check(
                applying <= committed, "entry %d handed out for applying beyond commit %d", applying, committed);
        applyingBytes += encodedBytes(entries);
        applyingPaused = applyingBytes >= applyingBytesMax || applying < appliable(unstableToo);
    }

    void applied(long index, long bytes) {
        Invariant.check(
                applied <= index && index <= committed, "applied %d, was %d, commit %d", index, applied, committed);
        applied = index;
        applying = Math.max(applying, index);
        applyingBytes = Math.max(0, applyingBytes - bytes);
        applyingPaused = applyingBytes >= applyingBytesMax;
    }

    private long appliable(boolean unstableToo) {
        return unstableToo ? committed : Math.min(committed, tail.offset() - 1);
    }

    static long encodedBytes(List<Entry> entries) {
        long bytes = 0;
        for (Entry entry : entries) {
            bytes += entry.getSerializedSize();
        }
        return bytes;
    }

    static long payloadBytes(List<Entry> entries) {
        long bytes = 0;
        for (int i = 0; i < entries.size(); i++) {
            bytes += entries.get(i).getData().size();
        }
        return bytes;
    }

    /** Replaces everything by a snapshot that is not stored yet. */
    void restore(Snapshot snapshot) {
        long index = snapshot.getMetadata().getIndex();
        Invariant.check(index >= committed, "snapshot at %d before commit %d", index, committed);
        tail.replaceBy(snapshot);
        committed = index;
    }

    /** What to send to a peer that needs compacted entries. */
    Optional<Snapshot> snapshot() {
        Snapshot unstable = tail.snapshot();
        return unstable == null ? storage.snapshot() : Optional.of(unstable);
    }
}
