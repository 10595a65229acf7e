package io.perilune.engine.apply;

import io.perilune.engine.state.Change;
import io.perilune.engine.state.World;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The worlds of the last indexes, for reads of the past. They share with each other all that did not change; what keeps
 * them from being forgotten is bounded in number and in bytes. One thread adds; any thread may look.
 */
final class RecentWorlds {
    private final int indexesMax;
    private final long bytesMax;
    private final AtomicReferenceArray<@Nullable Kept> ring;
    /** Of the adding thread. */
    private long bytes;

    private volatile long oldest = 1;
    private volatile long newest;

    private record Kept(World world, long bytes) {}

    /**
     * @param indexesMax worlds kept, the newest included
     * @param bytesMax of keys and values that later entries replaced or removed
     */
    RecentWorlds(int indexesMax, long bytesMax) {
        this.indexesMax = indexesMax;
        this.bytesMax = bytesMax;
        ring = new AtomicReferenceArray<>(indexesMax);
    }

    /** @param changes by which this world differs from the one before, which is kept for them */
    void add(World world, List<Change> changes) {
        if (world.index() != newest + 1 || isSmaller(world)) {
            forget(newest);
            oldest = world.index();
        }
        long replaced = bytes(changes);
        while (oldest < world.index() && (world.index() - oldest >= indexesMax || bytes + replaced > bytesMax)) {
            forget(oldest);
        }
        bytes += replaced;
        ring.set(place(world.index()), new Kept(world, replaced));
        newest = world.index();
    }

    /** A machine has gone, and is to leave the heap: it may be most of it. */
    private boolean isSmaller(World world) {
        Kept before = ring.get(place(newest));
        return before != null
                && world.machines().size() < before.world.machines().size();
    }

    private void forget(long last) {
        for (; oldest <= last; oldest++) {
            Kept kept = ring.getAndSet(place(oldest), null);
            bytes -= kept == null ? 0 : kept.bytes;
        }
    }

    private int place(long index) {
        return (int) (index % indexesMax);
    }

    /** What those before are kept for: what this entry put an end to. */
    private static long bytes(List<Change> changes) {
        long sum = 0;
        for (var change : changes) {
            var before = change.before();
            sum += before == null ? 0 : change.key().size() + before.value().size();
        }
        return sum;
    }

    /** The world as it was when {@code index} had been applied; null if it is not kept. */
    @Nullable
    World at(long index) {
        Kept kept = index < 1 ? null : ring.get(place(index));
        return kept != null && kept.world.index() == index ? kept.world : null;
    }

    /** The least index that is kept; beyond the newest if none is. */
    long oldest() {
        return oldest;
    }
}
