package io.perilune.raft.storage;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells what a crash did from what went bad later, in the bytes from the first unreadable frame on.
 *
 * <p>A disk writes whole sectors, and what was there before was zeros. So a frame that a crash tore has a sector of its
 * bytes still zero, or ends in zeros if the write itself stopped midway; nothing that was acknowledged came after it. A
 * frame that a later one knows to have been forced, or that is wrong without a zero in the right place, was whole once:
 * cutting it could lose what was acknowledged.
 *
 * <p>What cannot be told apart, here or in any log: the very last forced write, when a whole sector of it turns to zeros.
 */
final class TornTail {
    static final int SECTOR_BYTES = 512;

    private final byte[] tail;
    private final long start;
    private final long salt;
    private final long expected;

    /**
     * @param tail what follows the last good frame, up to the last byte that is not zero, or further
     * @param start where in the file that is
     * @param expected sequence of the frame that should be there
     */
    TornTail(byte[] tail, long start, long salt, long expected) {
        this.tail = tail;
        this.start = start;
        this.salt = salt;
        this.expected = expected;
    }

    /** Why the tail must not be cut; null if it may. */
    @Nullable
    String objection() {
        Frame witness = witness();
        if (witness != null) {
            return "frame " + expected + " is damaged, but frame " + witness.sequence()
                    + " behind it says that frames up to " + witness.durable() + " were forced to the disk";
        }
        Frame header = Frame.decodeHeader(tail, 0, tail.length, salt);
        if (header == null) {
            return wasTorn(Frame.HEADER_BYTES, List.of(new Range(0, Frame.HEADER_BYTES)))
                    ? null
                    : "the header of frame " + expected + " is damaged in a way that no torn write explains";
        }
        if (header.sequence() != expected) {
            return "frame " + header.sequence() + " stands where frame " + expected + " should be";
        }
        List<Range> suspects = suspects(header);
        if (suspects.isEmpty()) {
            return "frame " + expected + " does not continue the chain of checksums";
        }
        return wasTorn(header.bytes(), suspects)
                ? null
                : "frame " + expected + " is damaged in a way that no torn write explains";
    }

    /** A later frame that knows the damaged one to have been forced. */
    private @Nullable Frame witness() {
        for (int at = 1; at + Frame.HEADER_BYTES <= tail.length; at++) {
            Frame later = Frame.decodeHeader(tail, at, tail.length, salt);
            if (later != null && later.durable() >= expected) {
                return later;
            }
        }
        return null;
    }

    private record Range(long from, long to) {
        boolean meets(long otherFrom, long otherTo) {
            return from < otherTo && otherFrom < to;
        }
    }

    /** Parts of the frame that are not as they were written. */
    private List<Range> suspects(Frame header) {
        List<Range> suspects = new ArrayList<>();
        long recordsEnd = Frame.HEADER_BYTES + (long) header.payloadBytes();
        long at = Frame.HEADER_BYTES;
        int chain = header.chainAfterHeader(padded(Frame.HEADER_BYTES), 0);
        for (int i = 0; i < header.records(); i++) {
            byte[] recordHeader = padded(at, LogRecord.HEADER_BYTES);
            int length = Frame.getInt(recordHeader, 1);
            long end = at + LogRecord.HEADER_BYTES + length;
            if (length < 0 || end > recordsEnd) {
                // From here on it is not known where records begin.
                suspects.add(new Range(at, recordsEnd));
                break;
            }
            byte[] whole = padded(at, LogRecord.HEADER_BYTES + length);
            if (Frame.getInt(whole, 5) != Frame.recordCrc(whole, 0, length)) {
                suspects.add(new Range(at, end));
            }
            chain = Frame.chainAfterRecord(chain, whole, 0);
            at = end;
        }
        byte[] end = padded(recordsEnd, Frame.END_BYTES);
        if (!java.util.Arrays.equals(end, header.encodeEnd(chain))) {
            suspects.add(new Range(recordsEnd, recordsEnd + Frame.END_BYTES));
        }
        return suspects;
    }

    private boolean wasTorn(long bytes, List<Range> suspects) {
        if (at(bytes - 1) == 0) {
            return true;
        }
        long from = 0;
        while (from < bytes) {
            long to = Math.min(bytes, (start + from) / SECTOR_BYTES * SECTOR_BYTES + SECTOR_BYTES - start);
            if (isZero(from, to) && meetsAny(suspects, from, to)) {
                return true;
            }
            from = to;
        }
        return false;
    }

    private static boolean meetsAny(List<Range> suspects, long from, long to) {
        return suspects.stream().anyMatch(each -> each.meets(from, to));
    }

    private boolean isZero(long from, long to) {
        for (long at = from; at < to; at++) {
            if (at(at) != 0) {
                return false;
            }
        }
        return true;
    }

    private byte at(long position) {
        return position < tail.length ? tail[(int) position] : 0;
    }

    private byte[] padded(int length) {
        return padded(0, length);
    }

    /** Bytes of the tail; behind its end are zeros. */
    private byte[] padded(long from, int length) {
        byte[] bytes = new byte[length];
        if (from < tail.length) {
            System.arraycopy(tail, (int) from, bytes, 0, (int) Math.min(length, tail.length - from));
        }
        return bytes;
    }
}
