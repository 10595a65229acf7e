package io.perilune.raft.core;

import io.perilune.raft.proto.ConfState;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.HardState;
import io.perilune.raft.proto.Snapshot;
import java.util.List;
import java.util.Optional;

/**
 * The stored log, as the core reads it. Called on the thread that owns the core, and only there; answers must come from
 * memory or nearly so. It must show a write no later than the core is told that the write is done.
 *
 * <p>A log holds {@code firstIndex..lastIndex}; it is empty when {@code lastIndex == firstIndex - 1}. The term at
 * {@code firstIndex - 1} is known too, being that of the snapshot (or 0 at index 0).
 */
public interface LogStorage {
    /** Answer of {@link #term}: the index is before {@code firstIndex - 1}. */
    long COMPACTED = -1;

    /** Answer of {@link #term}: the index is past {@code lastIndex}. */
    long UNAVAILABLE = -2;

    /** What a node starts from; asked once. A new node has the default instances. */
    Initial initial();

    /**
     * Entries {@code from} (inclusive) up to {@code to} (exclusive), no more than fit {@code bytesMax} of encoded size, but
     * at least one. There may be fewer where they would have to be fetched. The list is never changed later. {@code from < to}.
     */
    Slice entries(long from, long to, long bytesMax);

    /** The term at {@code index}, {@link #COMPACTED} or {@link #UNAVAILABLE}. */
    long term(long index);

    /** At least 1. */
    long firstIndex();

    long lastIndex();

    /** The newest snapshot to send to a peer; empty while none can be had (it is being written), and asked for again later. */
    Optional<Snapshot> snapshot();

    record Initial(HardState hardState, ConfState confState) {}

    /** What {@link #entries} found. */
    sealed interface Slice {
        /** At least one, consecutive from {@code from} on. */
        record Found(List<Entry> entries) implements Slice {}

        /** {@code from} is before {@code firstIndex}. */
        record Compacted(long firstIndex) implements Slice {}

        /** {@code to} is past {@code lastIndex + 1}. */
        record Unavailable(long lastIndex) implements Slice {}
    }
}
