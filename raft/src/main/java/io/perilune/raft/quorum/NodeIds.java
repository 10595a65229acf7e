package io.perilune.raft.quorum;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * An immutable set of node ids in ascending unsigned order. Small by nature (a cluster has a handful of members), so a
 * sorted array beats a tree, and walking it allocates nothing.
 */
public final class NodeIds {
    public static final NodeIds NONE = new NodeIds(new long[0]);

    private final long[] sorted;

    private NodeIds(long[] sorted) {
        this.sorted = sorted;
    }

    public static NodeIds of(long... ids) {
        return of(LongStream.of(ids).boxed().toList());
    }

    /** Duplicates count once. */
    public static NodeIds of(Collection<Long> ids) {
        if (ids.isEmpty()) {
            return NONE;
        }
        return new NodeIds(ids.stream()
                .distinct()
                .sorted(Long::compareUnsigned)
                .mapToLong(Long::longValue)
                .toArray());
    }

    public boolean contains(long id) {
        for (long each : sorted) {
            if (each == id) {
                return true;
            }
        }
        return false;
    }

    public NodeIds with(long id) {
        return contains(id) ? this : union(new NodeIds(new long[] {id}));
    }

    public NodeIds without(long id) {
        return contains(id)
                ? new NodeIds(LongStream.of(sorted).filter(each -> each != id).toArray())
                : this;
    }

    public NodeIds union(NodeIds other) {
        return of(LongStream.concat(LongStream.of(sorted), LongStream.of(other.sorted))
                .boxed()
                .toList());
    }

    /** How many ids are in one of the two sets only. */
    public int differences(NodeIds other) {
        int common = (int) LongStream.of(sorted).filter(other::contains).count();
        return size() + other.size() - 2 * common;
    }

    public void forEach(LongConsumer action) {
        for (long id : sorted) {
            action.accept(id);
        }
    }

    public long at(int position) {
        return sorted[position];
    }

    public int size() {
        return sorted.length;
    }

    public boolean isEmpty() {
        return sorted.length == 0;
    }

    public List<Long> toList() {
        return LongStream.of(sorted).boxed().toList();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NodeIds that && Arrays.equals(sorted, that.sorted);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(sorted);
    }

    /** Ids in hexadecimal, as transcripts print members: {@code (1 2 a)}. */
    @Override
    public String toString() {
        return LongStream.of(sorted).mapToObj(Long::toHexString).collect(Collectors.joining(" ", "(", ")"));
    }
}
