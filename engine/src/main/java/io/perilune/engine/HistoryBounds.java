package io.perilune.engine;

/**
 * How much of what its commands did a machine keeps. What is more, or older, is forgotten, the oldest first.
 *
 * @param bytes 0 for nothing at all, up to {@link #BYTES_MAX}
 * @param millis of log time, 0..{@link #MILLIS_MAX}
 */
public record HistoryBounds(long bytes, long millis) {
    /** It is part of the state, and so of the heap and of every snapshot. */
    public static final long BYTES_MAX = 256L << 20;

    public static final long MILLIS_MAX = 10L * 365 * 24 * 60 * 60 * 1000;

    public static final HistoryBounds DEFAULT = new HistoryBounds(8L << 20, 7L * 24 * 60 * 60 * 1000);

    public HistoryBounds {
        if (bytes < 0 || bytes > BYTES_MAX) {
            throw new IllegalArgumentException("a history has 0 to " + BYTES_MAX + " bytes, not " + bytes);
        }
        if (millis < 0 || millis > MILLIS_MAX) {
            throw new IllegalArgumentException("a history goes back 0 to " + MILLIS_MAX + " ms, not " + millis);
        }
    }
}
