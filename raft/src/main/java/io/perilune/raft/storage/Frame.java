package io.perilune.raft.storage;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The head of a frame. A frame is what one append writes: it counts as a whole or not at all. Little-endian:
 *
 * <pre>
 *   0  magic          4  ┐
 *   4  sequence       8  │ one more than the frame before, over all segments
 *  12  durable        8  │ the newest frame known to be forced when this one was written
 *  20  salt           8  │ of the log
 *  28  payload bytes  4  │ header, verifiable by itself, so that frames can be found behind damage
 *  32  records        4  │
 *  36  chain          4  │ running CRC32C before this frame
 *  40  crc            4  │ CRC32C of bytes 0..39
 *  44  guard          1  ┘ never zero
 *  45  {@link LogRecord}s
 *   .  magic          4  ┐
 *   .  sequence       8  │ end marker
 *   .  chain          4  │ running CRC32C after this frame
 *   .  guard          1  ┘ never zero
 * </pre>
 *
 * The chain folds the crc of each frame header and the header of each record (which holds the record's own crc), so a frame
 * or record that is lost, swapped or stale breaks it. {@code durable} tells a torn tail from damage: if a later frame says
 * that this one was forced, this one was whole once.
 */
record Frame(long sequence, long durable, int payloadBytes, int records, int chainBefore) {
    static final int HEADER_BYTES = 45;
    static final int END_BYTES = 17;
    static final int OVERHEAD_BYTES = HEADER_BYTES + END_BYTES;

    /** An append larger than this is the caller's mistake: it must bound what it hands over at once. */
    static final int PAYLOAD_BYTES_MAX = 1 << 30;

    private static final int MAGIC = 0xB7E3_9AC5;
    private static final int END_MAGIC = 0x9D5F_C3A7;
    private static final byte GUARD = (byte) 0xA5;
    private static final byte END_GUARD = (byte) 0x5A;
    private static final int CRC_AT = 40;

    long bytes() {
        return (long) OVERHEAD_BYTES + payloadBytes;
    }

    byte[] encodeHeader(long salt) {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(MAGIC).putLong(sequence).putLong(durable).putLong(salt);
        header.putInt(payloadBytes).putInt(records).putInt(chainBefore);
        header.putInt(crc(header.array(), 0)).put(GUARD);
        return header.array();
    }

    /** Reads a header at {@code offset}; null if there is none of this log, whole and right. */
    static @Nullable Frame decodeHeader(byte[] bytes, int offset, int limit, long salt) {
        if (limit - offset < HEADER_BYTES
                || bytes[offset] != (byte) MAGIC
                || bytes[offset + HEADER_BYTES - 1] != GUARD) {
            return null;
        }
        ByteBuffer header = ByteBuffer.wrap(bytes, offset, HEADER_BYTES).slice().order(ByteOrder.LITTLE_ENDIAN);
        if (header.getInt(0) != MAGIC || header.getLong(20) != salt || header.getInt(CRC_AT) != crc(bytes, offset)) {
            return null;
        }
        return new Frame(
                header.getLong(4), header.getLong(12), header.getInt(28), header.getInt(32), header.getInt(36));
    }

    byte[] encodeEnd(int chainAfter) {
        ByteBuffer end = ByteBuffer.allocate(END_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        end.putInt(END_MAGIC).putLong(sequence).putInt(chainAfter).put(END_GUARD);
        return end.array();
    }

    /** The chain after this frame's header. */
    int chainAfterHeader(byte[] bytes, int offset) {
        return fold(chainBefore, bytes, offset + CRC_AT, 4);
    }

    /** The chain after a record whose header is at {@code offset}. */
    static int chainAfterRecord(int chain, byte[] bytes, int offset) {
        return fold(chain, bytes, offset, LogRecord.HEADER_BYTES);
    }

    private static int fold(int chain, byte[] bytes, int offset, int length) {
        byte[] folded = new byte[4 + LogRecord.HEADER_BYTES];
        putInt(folded, 0, chain);
        System.arraycopy(bytes, offset, folded, 4, length);
        CRC32C crc = new CRC32C();
        crc.update(folded, 0, 4 + length);
        return (int) crc.getValue();
    }

    /** CRC of a record at {@code offset}: type, length and payload, but not the crc between them. */
    static int recordCrc(byte[] bytes, int offset, int payloadBytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, 5);
        crc.update(bytes, offset + LogRecord.HEADER_BYTES, payloadBytes);
        return (int) crc.getValue();
    }

    static int getInt(byte[] bytes, int at) {
        return (bytes[at] & 0xff)
                | (bytes[at + 1] & 0xff) << 8
                | (bytes[at + 2] & 0xff) << 16
                | (bytes[at + 3] & 0xff) << 24;
    }

    static void putInt(byte[] bytes, int at, int value) {
        bytes[at] = (byte) value;
        bytes[at + 1] = (byte) (value >> 8);
        bytes[at + 2] = (byte) (value >> 16);
        bytes[at + 3] = (byte) (value >> 24);
    }

    private static int crc(byte[] bytes, int offset) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, CRC_AT);
        return (int) crc.getValue();
    }
}
