package io.perilune.raft.core;

import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.Snapshot;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The end of the log that is not known to be on disk: perhaps a snapshot, then entries from {@code offset} on. What is
 * before {@code handedOut} (and the snapshot, once handed out) was given to be stored, and waits for the answer.
 */
final class UnstableTail {
    private final List<Entry> entries = new ArrayList<>();
    private long offset;
    private long handedOut;
    private @Nullable Snapshot snapshot;
    private boolean snapshotHandedOut;

    UnstableTail(long offset) {
        this.offset = offset;
        this.handedOut = offset;
    }

    long offset() {
        return offset;
    }

    long end() {
        return offset + entries.size();
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    @Nullable
    Snapshot snapshot() {
        return snapshot;
    }

    long snapshotIndex() {
        return snapshot == null ? 0 : snapshot.getMetadata().getIndex();
    }

    long term(long index) {
        return entries.get((int) (index - offset)).getTerm();
    }

    /** A view, valid until the next change. */
    List<Entry> slice(long from, long to) {
        return entries.subList((int) (from - offset), (int) (to - offset));
    }

    boolean hasNewEntries() {
        return handedOut < end();
    }

    List<Entry> newEntries() {
        return hasNewEntries() ? List.copyOf(slice(handedOut, end())) : List.of();
    }

    @Nullable
    Snapshot newSnapshot() {
        return snapshotHandedOut ? null : snapshot;
    }

    void handOut() {
        handedOut = end();
        snapshotHandedOut = snapshot != null;
    }

    /** Puts entries at the place of the first one, dropping what was there and after it. */
    void put(List<Entry> added) {
        long from = added.get(0).getIndex();
        if (from <= offset) {
            entries.clear();
            offset = from;
            handedOut = from;
        } else if (from < end()) {
            entries.subList((int) (from - offset), entries.size()).clear();
            handedOut = Math.min(handedOut, from);
        }
        entries.addAll(added);
    }

    void replaceBy(Snapshot newer) {
        entries.clear();
        offset = newer.getMetadata().getIndex() + 1;
        handedOut = offset;
        snapshot = newer;
        snapshotHandedOut = false;
    }

    /**
     * Entries up to this place are on disk. Ignored where the entry was replaced meanwhile: then the write that is
     * reported here was of another one.
     */
    void stored(long index, long term) {
        if (index < offset || index >= end() || term(index) != term) {
            return;
        }
        entries.subList(0, (int) (index + 1 - offset)).clear();
        offset = index + 1;
        handedOut = Math.max(handedOut, offset);
    }

    void snapshotStored(long index) {
        if (snapshot != null && snapshotIndex() == index) {
            snapshot = null;
            snapshotHandedOut = false;
        }
    }
}
