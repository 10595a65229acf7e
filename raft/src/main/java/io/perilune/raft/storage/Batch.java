package io.perilune.raft.storage;

import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.HardState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one {@code Ready} asks to be stored: all of it or nothing survives a crash. An installed snapshot takes effect before
 * the entries. The entries, consecutive by index, replace whatever the log holds from the first one's index on.
 *
 * @param entries immutable, shared and not copied
 * @param hardState null if unchanged
 * @param snapshot null if there is none
 * @param forceCommit whether the newest commit index, which is otherwise written without a force, is to be on the disk too
 *     when the append is done
 */
public record Batch(
        List<Entry> entries,
        @Nullable HardState hardState,
        @Nullable SnapshotMarker snapshot,
        boolean forceCommit) {
    public Batch {
        entries = List.copyOf(entries);
        for (int i = 1; i < entries.size(); i++) {
            long previous = entries.get(i - 1).getIndex();
            if (entries.get(i).getIndex() != previous + 1) {
                throw new IllegalArgumentException(
                        "entry " + entries.get(i).getIndex() + " follows entry " + previous + " in a batch");
            }
        }
    }

    public Batch(List<Entry> entries, @Nullable HardState hardState, @Nullable SnapshotMarker snapshot) {
        this(entries, hardState, snapshot, false);
    }

    public static Batch of(List<Entry> entries, @Nullable HardState hardState) {
        return new Batch(entries, hardState, null);
    }

    public static Batch of(SnapshotMarker snapshot) {
        return new Batch(List.of(), null, snapshot);
    }
}
