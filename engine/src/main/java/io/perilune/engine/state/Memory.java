package io.perilune.engine.state;

import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * The replies that a machine remembers under idempotency keys, so that a command sent twice is done once. Bounded by
 * age, number and size, the oldest forgotten first. Immutable.
 */
public final class Memory {
    /** Of log time. */
    public static final long MILLIS_MAX = 24 * 60 * 60 * 1000L;

    public static final int COUNT_MAX = 100_000;
    /** Keeps a machine whose replies are large from filling the heap of every node. */
    public static final long BYTES_MAX = 64L << 20;

    /** Replies that one entry forgets because of their age. More than one at a time, so that the old do run out. */
    public static final int AGED_PER_ENTRY = 16;

    public static final Memory NONE = new Memory(TreePMap.empty(), TreePMap.empty(), 0, 0);

    private final TreePMap<Slot, Kept> bySlot;
    private final TreePMap<Long, Slot> order;
    private final long sequence;
    private final long bytes;

    private Memory(TreePMap<Slot, Kept> bySlot, TreePMap<Long, Slot> order, long sequence, long bytes) {
        this.bySlot = bySlot;
        this.order = order;
        this.sequence = sequence;
        this.bytes = bytes;
    }

    public int count() {
        return bySlot.size();
    }

    /** The one that is too old at {@code now} is not found, whether it is still stored or not. */
    public @Nullable Remembered find(String caller, String key, long now) {
        var kept = bySlot.get(new Slot(caller, key));
        return kept == null || aged(kept.what, now) ? null : kept.what;
    }

    /** The oldest first. */
    public Iterable<Remembered> inOrder() {
        return () -> order.values().stream().map(this::at).iterator();
    }

    /** Replaces one of the same caller and key, and forgets the oldest where this is one too many. */
    public Memory plus(Remembered remembered) {
        var slot = new Slot(remembered.caller(), remembered.key());
        var rest = minus(slot);
        var after = new Memory(
                rest.bySlot.plus(slot, new Kept(remembered, sequence)),
                rest.order.plus(sequence, slot),
                sequence + 1,
                rest.bytes + bytes(remembered));
        while (after.count() > COUNT_MAX || after.bytes > BYTES_MAX) {
            after = after.minus(after.order.firstEntry().getValue());
        }
        return after;
    }

    /** Without some of what is too old at {@code now}. */
    public Memory aged(long now) {
        var left = this;
        for (var i = 0; i < AGED_PER_ENTRY && left.count() > 0; i++) {
            var oldest = left.order.firstEntry().getValue();
            if (!aged(left.at(oldest), now)) {
                break;
            }
            left = left.minus(oldest);
        }
        return left;
    }

    private Memory minus(Slot slot) {
        var kept = bySlot.get(slot);
        return kept == null
                ? this
                : new Memory(bySlot.minus(slot), order.minus(kept.sequence), sequence, bytes - bytes(kept.what));
    }

    private Remembered at(Slot slot) {
        var kept = bySlot.get(slot);
        if (kept == null) {
            throw new IllegalStateException("nothing is remembered under " + slot);
        }
        return kept.what;
    }

    private static boolean aged(Remembered remembered, long now) {
        return now - remembered.time() >= MILLIS_MAX;
    }

    private static long bytes(Remembered remembered) {
        return remembered.reply().size()
                + remembered.caller().length()
                + remembered.key().length();
    }

    private record Slot(String caller, String key) implements Comparable<Slot> {
        @Override
        public int compareTo(Slot other) {
            var order = caller.compareTo(other.caller);
            return order != 0 ? order : key.compareTo(other.key);
        }
    }

    private record Kept(Remembered what, long sequence) {}
}
