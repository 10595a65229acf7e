package io.perilune.engine;

/**
 * A place among the events of a machine: behind one of them.
 *
 * @param seq of the event in its entry, from 1; {@link #END} for behind all of them
 */
public record Cursor(long index, int seq) implements Comparable<Cursor> {
    public static final int END = Integer.MAX_VALUE;

    /** Before everything that is still there. */
    public static final Cursor OLDEST = new Cursor(0, END);

    public static Cursor behind(long index) {
        return new Cursor(index, END);
    }

    @Override
    public int compareTo(Cursor other) {
        var order = Long.compare(index, other.index);
        return order != 0 ? order : Integer.compare(seq, other.seq);
    }
}
