package io.perilune.scripting;

import java.util.Arrays;

/**
 * Reads the layout of {@link ValueCodec} token by token, refusing at once whatever a {@link CanonicalWriter} with
 * ordered fields would not have written. Counts are checked against the bytes that are left before they are returned,
 * so the caller may allocate by them. Used by one thread.
 *
 * <p>The caller checks depth, and the order of names with {@link #isAscending}.
 */
public final class CanonicalReader {
    private final byte[] content;
    private int position;

    public CanonicalReader(Bytes encoded) {
        content = encoded.lend();
    }

    /** Thrown as an {@link IllegalArgumentException} whose message names the offset. */
    public IllegalArgumentException malformed(int offset, String fault) {
        return new IllegalArgumentException("not a canonical value: " + fault + " at byte " + offset);
    }

    public int position() {
        return position;
    }

    public boolean atEnd() {
        return position == content.length;
    }

    /** The array under the reader, lent: strings are at {@code position() - length} right after their length was read. */
    public byte[] lend() {
        return content;
    }

    /** The next tag: one of those in {@link ValueCodec}. */
    public byte tag() {
        if (atEnd()) {
            throw malformed(position, "cut off");
        }
        var tag = content[position];
        if (tag < ValueCodec.NULL || tag > ValueCodec.OBJECT) {
            throw malformed(position, "unknown tag " + (tag & 0xFF));
        }
        position++;
        return tag;
    }

    /** After {@link ValueCodec#INTEGER}. */
    public double integer() {
        var start = position;
        var zigzag = varint();
        var value = (zigzag >>> 1) ^ -(zigzag & 1);
        if (Math.abs(value) > ValueCodec.INTEGER_MAX) {
            throw malformed(start, "integer beyond 2^53");
        }
        return value;
    }

    /** After {@link ValueCodec#DOUBLE}. */
    public double fraction() {
        var start = position;
        if (content.length - position < 8) {
            throw malformed(position, "double cut off");
        }
        var bits = 0L;
        for (var i = 0; i < 8; i++) {
            bits = bits << 8 | (content[position++] & 0xFF);
        }
        var value = Double.longBitsToDouble(bits);
        if (!Double.isFinite(value)) {
            throw malformed(start, "double that is not finite");
        }
        if (Math.abs(value) <= ValueCodec.INTEGER_MAX && value == Math.rint(value)) {
            throw malformed(start, "integer written as a double");
        }
        return value;
    }

    /** The length of a string or name; its bytes have been passed over and end at {@link #position}. */
    public int string() {
        var length = count(1, "string");
        position += length;
        return length;
    }

    /** After {@link ValueCodec#ARRAY}: how many items follow. */
    public int items() {
        return count(1, "array");
    }

    /** After {@link ValueCodec#OBJECT}: how many fields follow; each takes two bytes or more. */
    public int fields() {
        return count(2, "object");
    }

    private int count(int bytesEach, String of) {
        var start = position;
        var count = varint();
        if (count < 0 || count > (content.length - position) / bytesEach) {
            throw malformed(start, of + " longer than what is left");
        }
        return (int) count;
    }

    private long varint() {
        var start = position;
        var value = 0L;
        for (var shift = 0; shift < 63; shift += 7) {
            if (atEnd()) {
                throw malformed(position, "number cut off");
            }
            var next = content[position++];
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                if (next == 0 && shift > 0) {
                    throw malformed(start, "number written longer than needed");
                }
                return value;
            }
        }
        throw malformed(start, "number of more than 9 bytes");
    }

    /** Whether the name at {@code first} comes before that at {@code second}; both are places in {@link #lend}. */
    public boolean isAscending(int first, int firstLength, int second, int secondLength) {
        return Arrays.compareUnsigned(content, first, first + firstLength, content, second, second + secondLength) < 0;
    }
}
