package io.perilune.engine.state;

import io.perilune.engine.HistoryBounds;
import io.perilune.scripting.Bytes;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * What was done to a machine, by the index of the entries: the record that can be looked up afterwards. Bounded by age
 * and size, the oldest forgotten first. Immutable.
 */
public final class History {
    /** Entries that one more makes forgotten because of their age: more than one, so that the old do run out. */
    private static final int AGED_PER_ENTRY = 16;

    public static final History NONE = restoring(HistoryBounds.DEFAULT, 0);

    private final TreePMap<Long, Kept> entries;
    private final long bytes;
    private final HistoryBounds bounds;
    private final long forgotten;

    /** @param entry as the codec wrote it */
    private record Kept(long time, boolean isOfCommands, Bytes entry) {}

    private History(TreePMap<Long, Kept> entries, long bytes, HistoryBounds bounds, long forgotten) {
        this.entries = entries;
        this.bytes = bytes;
        this.bounds = bounds;
        this.forgotten = forgotten;
    }

    /** One without entries, to be given back what it had. */
    public static History restoring(HistoryBounds bounds, long forgotten) {
        return new History(TreePMap.empty(), 0, bounds, forgotten);
    }

    /** With an entry that it had before: nothing is forgotten for it. */
    public History restored(long index, long time, boolean isOfCommands, Bytes entry) {
        var kept = new Kept(time, isOfCommands, entry);
        return new History(entries.plus(index, kept), bytes + entry.size(), bounds, forgotten);
    }

    /**
     * @param index higher than any before
     * @param isOfCommands or of something else that was done to the machine
     */
    public History plus(long index, long time, boolean isOfCommands, Bytes entry) {
        return restored(index, time, isOfCommands, entry).within(time, AGED_PER_ENTRY);
    }

    /** Without an entry that is too much for it. */
    public History forgetting(long index) {
        return new History(entries, bytes, bounds, index);
    }

    /** With other bounds, to which it is cut at once as far as they are of bytes. */
    public History with(HistoryBounds other, long time) {
        return new History(entries, bytes, other, forgotten).within(time, AGED_PER_ENTRY);
    }

    private History within(long time, int agedMax) {
        var left = entries;
        var bytesLeft = bytes;
        var last = forgotten;
        // The newest can be looked at however large it is.
        var newest = bounds.bytes() == 0 ? 0 : 1;
        for (var aged = 0; left.size() > newest; ) {
            var oldest = left.firstEntry();
            if (bytesLeft <= bounds.bytes()) {
                if (aged++ == agedMax || time - oldest.getValue().time < bounds.millis()) {
                    break;
                }
            }
            left = left.minus(oldest.getKey());
            bytesLeft -= oldest.getValue().entry.size();
            last = oldest.getKey();
        }
        return new History(left, bytesLeft, bounds, last);
    }

    public HistoryBounds bounds() {
        return bounds;
    }

    /** Of all entries. */
    public long bytes() {
        return bytes;
    }

    /** The index of the last entry that was forgotten; 0 if none was. */
    public long forgotten() {
        return forgotten;
    }

    public @Nullable Bytes get(long index) {
        var kept = entries.get(index);
        return kept == null ? null : kept.entry;
    }

    /** The least index not below {@code index} that has an entry; null if there is none. */
    public @Nullable Long next(long index) {
        return entries.ceilingKey(index);
    }

    /** The indexes of the entries of commands, the newest first. */
    public Iterator<Long> commandsBackwards() {
        return commands(entries.descendingMap());
    }

    /** The index of the oldest entry of commands; 0 if there is none. */
    public long firstCommand() {
        var oldest = commands(entries);
        return oldest.hasNext() ? oldest.next() : 0;
    }

    private static Iterator<Long> commands(TreePMap<Long, Kept> entries) {
        return entries.entrySet().stream()
                .filter(kept -> kept.getValue().isOfCommands)
                .map(Map.Entry::getKey)
                .iterator();
    }

    /** The index of the newest entry; 0 if there is none. */
    public long last() {
        return entries.isEmpty() ? 0 : entries.lastKey();
    }

    /** Index and entry of all, the oldest first. */
    public Iterable<Map.Entry<Long, Bytes>> inOrder() {
        return () -> iterator(entries);
    }

    /** Index and entry of all, the newest first. */
    public Iterable<Map.Entry<Long, Bytes>> backwards() {
        return () -> iterator(entries.descendingMap());
    }

    private static Iterator<Map.Entry<Long, Bytes>> iterator(TreePMap<Long, Kept> entries) {
        return entries.entrySet().stream()
                .map(kept -> Map.entry(kept.getKey(), kept.getValue().entry))
                .iterator();
    }
}
