package io.perilune.raft.tracker;

/**
 * The window of append messages on their way to one peer: a ring of (last index, payload bytes), bounded by count and by
 * bytes. One message may exceed the bytes, or a large entry could never be sent. The ring grows on demand, since
 * most peers never use their whole window.
 */
public final class Inflights {
    private static final int INITIAL_SLOTS = 8;

    private final int countMax;
    private final long bytesMax;
    private long[] indexes = new long[INITIAL_SLOTS];
    private long[] sizes = new long[INITIAL_SLOTS];
    private int start;
    private int count;
    private long bytes;

    /**
     * @param countMax messages, at least 1
     * @param bytesMax payload bytes; {@link Long#MAX_VALUE} for no bound
     */
    public Inflights(int countMax, long bytesMax) {
        if (countMax < 1 || bytesMax < 1) {
            throw new IllegalArgumentException("window of " + countMax + " messages and " + bytesMax + " bytes");
        }
        this.countMax = countMax;
        this.bytesMax = bytesMax;
    }

    /** Notes a message that ends at {@code lastIndex}. */
    public void add(long lastIndex, long messageBytes) {
        if (full()) {
            throw new IllegalStateException("append ending at " + lastIndex + " sent into a full window of " + count
                    + " messages and " + bytes + " bytes");
        }
        if (count == indexes.length) {
            grow();
        }
        int slot = slot(count);
        indexes[slot] = lastIndex;
        sizes[slot] = messageBytes;
        count++;
        bytes += messageBytes;
    }

    /** Forgets every message that ends at or before {@code index}. */
    public void freeUpTo(long index) {
        while (count > 0 && indexes[start] <= index) {
            bytes -= sizes[start];
            start = slot(1);
            count--;
        }
    }

    public void clear() {
        start = 0;
        count = 0;
        bytes = 0;
    }

    public boolean full() {
        return count >= countMax || bytes >= bytesMax;
    }

    public int count() {
        return count;
    }

    public long bytes() {
        return bytes;
    }

    private int slot(int offset) {
        int slot = start + offset;
        return slot >= indexes.length ? slot - indexes.length : slot;
    }

    private void grow() {
        int slots = (int) Math.min(countMax, 2L * indexes.length);
        long[] longerIndexes = unrolled(indexes, slots);
        sizes = unrolled(sizes, slots);
        indexes = longerIndexes;
        start = 0;
    }

    private long[] unrolled(long[] ring, int slots) {
        long[] straight = new long[slots];
        for (int i = 0; i < count; i++) {
            straight[i] = ring[slot(i)];
        }
        return straight;
    }
}
