package io.perilune.engine.state;

import io.perilune.scripting.Bytes;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * What a machine's commands did, by the index of their entries: the record that can be looked up afterwards. Bounded by
 * age and size, the oldest forgotten first. Immutable.
 */
public final class History {
    /** Of log time. */
    public static final long MILLIS_MAX = 7 * 24 * 60 * 60 * 1000L;

    public static final long BYTES_MAX = 8L << 20;

    /** Entries that one more makes forgotten because of their age: more than one, so that the old do run out. */
    private static final int AGED_PER_ENTRY = 16;

    public static final History NONE = new History(TreePMap.empty(), 0);

    private final TreePMap<Long, Kept> entries;
    private final long bytes;

    /** @param entry as the codec wrote it */
    private record Kept(long time, Bytes entry) {}

    private History(TreePMap<Long, Kept> entries, long bytes) {
        this.entries = entries;
        this.bytes = bytes;
    }

    /** With an entry that it had before: nothing is forgotten for it. */
    public History restored(long index, long time, Bytes entry) {
        return new History(entries.plus(index, new Kept(time, entry)), bytes + entry.size());
    }

    /** @param index higher than any before */
    public History plus(long index, long time, Bytes entry) {
        var after = restored(index, time, entry);
        for (var aged = 0; after.entries.size() > 1; ) {
            var oldest = after.entries.firstEntry();
            if (after.bytes <= BYTES_MAX) {
                if (aged++ == AGED_PER_ENTRY || time - oldest.getValue().time < MILLIS_MAX) {
                    break;
                }
            }
            after = new History(
                    after.entries.minus(oldest.getKey()),
                    after.bytes - oldest.getValue().entry.size());
        }
        return after;
    }

    public @Nullable Bytes get(long index) {
        var kept = entries.get(index);
        return kept == null ? null : kept.entry;
    }

    /** The least index not below {@code index} that has an entry; null if there is none. */
    public @Nullable Long next(long index) {
        return entries.ceilingKey(index);
    }

    /** The index at which the last {@code count} entries begin; null if there is none at all. */
    public @Nullable Long beginningOfLast(int count) {
        if (entries.isEmpty()) {
            return null;
        }
        var from = entries.lastKey();
        for (var i = 1; i < count; i++) {
            var before = entries.lowerKey(from);
            if (before == null) {
                break;
            }
            from = before;
        }
        return from;
    }

    /** 0 if there is none. */
    public long first() {
        return entries.isEmpty() ? 0 : entries.firstKey();
    }

    /** 0 if there is none. */
    public long last() {
        return entries.isEmpty() ? 0 : entries.lastKey();
    }

    /** Index and entry of all, the oldest first. */
    public Iterable<Map.Entry<Long, Bytes>> inOrder() {
        return () -> entries.entrySet().stream()
                .map(kept -> Map.entry(kept.getKey(), kept.getValue().entry))
                .iterator();
    }
}
