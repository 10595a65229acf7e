package io.perilune.scripting;

import java.util.Arrays;

/**
 * Writes the layout of {@link ValueCodec} token by token, for those who have no {@link Value} tree. The caller owes the
 * announced number of items, and fields in the order of their names' bytes; nothing here checks that. Used by one
 * thread.
 */
public final class CanonicalWriter {
    private byte[] buffer = new byte[64];
    private int size;
    private final int bytesMax;

    /** @param bytesMax more than this is {@link TooLong} */
    public CanonicalWriter(int bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** The encoding would be longer than its writer may write. */
    public static final class TooLong extends RuntimeException {
        private static final long serialVersionUID = 1;

        TooLong(int bytesMax) {
            super("longer than " + bytesMax + " bytes", null, false, false);
        }
    }

    public void putNull() {
        put(ValueCodec.NULL);
    }

    public void putBool(boolean value) {
        put(value ? ValueCodec.TRUE : ValueCodec.FALSE);
    }

    /** @param value finite; minus zero is written as zero */
    public void putNum(double value) {
        var whole = (long) value;
        if (whole == value && Math.abs(whole) <= ValueCodec.INTEGER_MAX) {
            put(ValueCodec.INTEGER);
            putVarint((whole << 1) ^ (whole >> 63));
        } else {
            room(9);
            buffer[size++] = ValueCodec.DOUBLE;
            var bits = Double.doubleToRawLongBits(value);
            for (var shift = 56; shift >= 0; shift -= 8) {
                buffer[size++] = (byte) (bits >>> shift);
            }
        }
    }

    public void putStr(byte[] content, int offset, int length) {
        put(ValueCodec.STRING);
        putName(content, offset, length);
    }

    /** Announces an array; its items follow. */
    public void putArray(int items) {
        put(ValueCodec.ARRAY);
        putVarint(items);
    }

    /** Announces an object; as many names, each followed by its value, come next. */
    public void putObject(int fields) {
        put(ValueCodec.OBJECT);
        putVarint(fields);
    }

    public void putName(byte[] content, int offset, int length) {
        putVarint(length);
        room(length);
        System.arraycopy(content, offset, buffer, size, length);
        size += length;
    }

    public int size() {
        return size;
    }

    public Bytes written() {
        return Bytes.copyOf(buffer, 0, size);
    }

    private void put(byte tag) {
        room(1);
        buffer[size++] = tag;
    }

    private void putVarint(long value) {
        room(varintBytes(value));
        var rest = value;
        while ((rest & ~0x7FL) != 0) {
            buffer[size++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        buffer[size++] = (byte) rest;
    }

    private static int varintBytes(long value) {
        return (63 - Long.numberOfLeadingZeros(value | 1)) / 7 + 1;
    }

    private void room(int bytes) {
        if (bytes > bytesMax - size) {
            throw new TooLong(bytesMax);
        }
        if (bytes > buffer.length - size) {
            buffer = Arrays.copyOf(buffer, (int) Math.min(bytesMax, Math.max(2L * buffer.length, (long) size + bytes)));
        }
    }
}
