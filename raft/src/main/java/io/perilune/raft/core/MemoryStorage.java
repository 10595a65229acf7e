package io.perilune.raft.core;

import com.google.protobuf.ByteString;
import io.perilune.raft.proto.ConfState;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.HardState;
import io.perilune.raft.proto.Snapshot;
import io.perilune.raft.proto.SnapshotMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A log in memory, which forgets everything with the process: for tests, and for trying things out. Not safe for use by
 * several threads; writes happen on the thread that owns the core.
 */
public final class MemoryStorage implements LogStorage {
    private final List<Entry> entries = new ArrayList<>();
    private HardState hardState = HardState.getDefaultInstance();
    private Snapshot snapshot = Snapshot.getDefaultInstance();
    private long compactedIndex;
    private long compactedTerm;
    private Supplier<Optional<Snapshot>> snapshotSource = () -> Optional.of(snapshot);

    /** What became of a change to the stored log. */
    public enum Change {
        DONE,
        /** The index is not past what was compacted or snapshotted before. */
        OUT_OF_DATE
    }

    public void setHardState(HardState newHardState) {
        hardState = newHardState;
    }

    /** Answers {@link #snapshot()} from elsewhere, as a server does whose snapshots are not in the log. */
    public void setSnapshotSource(Supplier<Optional<Snapshot>> source) {
        snapshotSource = source;
    }

    /** Replaces what is stored from the first entry's index on. What was compacted is skipped. */
    public void append(List<Entry> added) {
        for (Entry entry : added) {
            if (entry.getIndex() < firstIndex()) {
                continue;
            }
            if (entry.getIndex() > lastIndex() + 1) {
                throw new IllegalStateException("append at " + entry.getIndex() + " leaves a gap after " + lastIndex());
            }
            int offset = (int) (entry.getIndex() - firstIndex());
            if (offset < entries.size()) {
                entries.subList(offset, entries.size()).clear();
            }
            entries.add(entry);
        }
    }

    /** Installs a snapshot in place of the whole log. */
    public Change applySnapshot(Snapshot newer) {
        if (newer.getMetadata().getIndex() <= snapshot.getMetadata().getIndex()) {
            return Change.OUT_OF_DATE;
        }
        snapshot = newer;
        compactedIndex = newer.getMetadata().getIndex();
        compactedTerm = newer.getMetadata().getTerm();
        entries.clear();
        return Change.DONE;
    }

    /** Makes {@code index}, which must be stored, what {@link #snapshot()} answers. The log stays. */
    public Change createSnapshot(long index, ConfState members, ByteString data) {
        if (index <= snapshot.getMetadata().getIndex()) {
            return Change.OUT_OF_DATE;
        }
        long term = term(index);
        if (term < 0) {
            throw new IllegalStateException(
                    "snapshot at " + index + " of a log with " + firstIndex() + ".." + lastIndex());
        }
        snapshot = Snapshot.newBuilder()
                .setMetadata(SnapshotMetadata.newBuilder()
                        .setIndex(index)
                        .setTerm(term)
                        .setConfState(members))
                .setData(data)
                .build();
        return Change.DONE;
    }

    /** Drops entries up to and including {@code index}, keeping the term there. */
    public Change compact(long index) {
        if (index <= compactedIndex) {
            return Change.OUT_OF_DATE;
        }
        if (index > lastIndex()) {
            throw new IllegalStateException("compaction to " + index + " beyond last index " + lastIndex());
        }
        long term = term(index);
        entries.subList(0, (int) (index - compactedIndex)).clear();
        compactedIndex = index;
        compactedTerm = term;
        return Change.DONE;
    }

    @Override
    public Initial initial() {
        return new Initial(hardState, snapshot.getMetadata().getConfState());
    }

    @Override
    public Slice entries(long from, long to, long bytesMax) {
        if (from < firstIndex()) {
            return new Slice.Compacted(firstIndex());
        }
        if (to > lastIndex() + 1) {
            return new Slice.Unavailable(lastIndex());
        }
        int begin = (int) (from - firstIndex());
        int end = (int) (to - firstIndex());
        long bytes = entries.get(begin).getSerializedSize();
        int taken = begin + 1;
        while (taken < end && bytes + entries.get(taken).getSerializedSize() <= bytesMax) {
            bytes += entries.get(taken).getSerializedSize();
            taken++;
        }
        return new Slice.Found(List.copyOf(entries.subList(begin, taken)));
    }

    @Override
    public long term(long index) {
        if (index == compactedIndex) {
            return compactedTerm;
        }
        if (index < compactedIndex) {
            return COMPACTED;
        }
        return index > lastIndex()
                ? UNAVAILABLE
                : entries.get((int) (index - firstIndex())).getTerm();
    }

    @Override
    public long firstIndex() {
        return compactedIndex + 1;
    }

    @Override
    public long lastIndex() {
        return compactedIndex + entries.size();
    }

    @Override
    public Optional<Snapshot> snapshot() {
        return snapshotSource.get();
    }
}
