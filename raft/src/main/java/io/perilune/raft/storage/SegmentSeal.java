package io.perilune.raft.storage;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The last bytes of a segment file, zero until the next segment is durable. A sealed segment that is the last one tells of
 * a segment that has gone missing, which nothing else would.
 *
 * <pre>
 *  0  magic     4
 *  4  sequence  8   of this segment
 * 12  crc       4   CRC32C of bytes 0..11 and the salt
 * </pre>
 */
final class SegmentSeal {
    static final int BYTES = 16;
    private static final int MAGIC = 0x4C41_4553;

    private SegmentSeal() {}

    enum Found {
        OPEN,
        SEALED,
        DAMAGED
    }

    static byte[] encode(long sequence, long salt) {
        ByteBuffer seal = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        seal.putInt(MAGIC).putLong(sequence);
        CRC32C crc = new CRC32C();
        crc.update(seal.array(), 0, 12);
        crc.update(ByteBuffer.allocate(8).putLong(0, salt));
        seal.putInt((int) crc.getValue());
        return seal.array();
    }

    static Found read(byte[] bytes, long sequence, long salt) {
        if (java.util.Arrays.equals(bytes, new byte[BYTES])) {
            return Found.OPEN;
        }
        return java.util.Arrays.equals(bytes, encode(sequence, salt)) ? Found.SEALED : Found.DAMAGED;
    }
}
