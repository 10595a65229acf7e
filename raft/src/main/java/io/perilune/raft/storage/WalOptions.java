package io.perilune.raft.storage;

/**
 * Bounds of a {@link Wal}, in bytes.
 *
 * @param segmentBytes size of one log file; larger makes fewer cuts, smaller gives space back sooner. A single write larger
 *     than this gets a segment of its own size
 * @param reserveBytes a new segment is refused when less than this would stay free, so that snapshots, votes of other
 *     programs and the operator still have room
 * @param cacheBytes encoded size of the newest entries that are kept in memory; older ones are read from the files
 * @param writeBufferBytes direct memory used for writing
 */
public record WalOptions(int segmentBytes, long reserveBytes, long cacheBytes, int writeBufferBytes) {
    public static final int SEGMENT_BYTES_MIN = 4 * 1024;
    public static final int SEGMENT_BYTES_DEFAULT = 64 * 1024 * 1024;
    public static final long RESERVE_BYTES_DEFAULT = 256L * 1024 * 1024;
    public static final long CACHE_BYTES_DEFAULT = 64L * 1024 * 1024;
    public static final int WRITE_BUFFER_BYTES_DEFAULT = 1024 * 1024;

    public static final WalOptions DEFAULT = new WalOptions(
            SEGMENT_BYTES_DEFAULT, RESERVE_BYTES_DEFAULT, CACHE_BYTES_DEFAULT, WRITE_BUFFER_BYTES_DEFAULT);

    public WalOptions {
        if (segmentBytes < SEGMENT_BYTES_MIN) {
            throw new IllegalArgumentException(
                    "segmentBytes is " + segmentBytes + ", at least " + SEGMENT_BYTES_MIN + " is needed");
        }
        if (reserveBytes < 0 || cacheBytes < 0 || writeBufferBytes < 1024) {
            throw new IllegalArgumentException("reserveBytes " + reserveBytes + ", cacheBytes " + cacheBytes
                    + ", writeBufferBytes " + writeBufferBytes);
        }
    }

    public WalOptions withSegmentBytes(int bytes) {
        return new WalOptions(bytes, reserveBytes, cacheBytes, writeBufferBytes);
    }

    public WalOptions withReserveBytes(long bytes) {
        return new WalOptions(segmentBytes, bytes, cacheBytes, writeBufferBytes);
    }

    public WalOptions withCacheBytes(long bytes) {
        return new WalOptions(segmentBytes, reserveBytes, bytes, writeBufferBytes);
    }
}
