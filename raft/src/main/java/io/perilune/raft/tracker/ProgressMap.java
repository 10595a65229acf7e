package io.perilune.raft.tracker;

import io.perilune.raft.quorum.NodeIds;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Progress by peer, in ascending order of ids. The map itself never changes (its values do); a membership change makes
 * another. Lookup is a scan: clusters are small, and boxing an id costs more.
 */
public final class ProgressMap {
    public static final ProgressMap EMPTY = new ProgressMap(new TreeMap<>(Long::compareUnsigned));

    private final NodeIds ids;
    private final Progress[] progress;

    public ProgressMap(SortedMap<Long, Progress> byId) {
        ids = NodeIds.of(byId.keySet());
        progress = byId.values().toArray(new Progress[0]);
    }

    /** Null where {@code id} is not tracked. */
    public @Nullable Progress of(long id) {
        for (int i = 0; i < progress.length; i++) {
            if (ids.at(i) == id) {
                return progress[i];
            }
        }
        return null;
    }

    public boolean contains(long id) {
        return ids.contains(id);
    }

    public int size() {
        return progress.length;
    }

    public long idAt(int position) {
        return ids.at(position);
    }

    public Progress at(int position) {
        return progress[position];
    }

    public NodeIds ids() {
        return ids;
    }

    /** A copy to build the next one from. */
    public SortedMap<Long, Progress> toMap() {
        SortedMap<Long, Progress> copy = new TreeMap<>(Long::compareUnsigned);
        for (int i = 0; i < progress.length; i++) {
            copy.put(ids.at(i), progress[i]);
        }
        return copy;
    }

    @Override
    public String toString() {
        return ids
                + Arrays.toString(Arrays.stream(progress).map(Progress::match).toArray());
    }
}
