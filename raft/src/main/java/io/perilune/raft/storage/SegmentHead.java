package io.perilune.raft.storage;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The first bytes of a log segment, little-endian:
 *
 * <pre>
 *  0  version        1   (1)
 *  1  magic          7   "PLUNWAL"
 *  8  sequence       8   of the segment, 1 for the first of a log; in the file name too
 * 16  first index    8   the index that was next when the segment began; in the file name too
 * 24  segment bytes  8   size of the file, filled with zeros and forced before it got its name
 * 32  cluster id     8
 * 40  node id        8
 * 48  salt           8   chosen once per log; stands in every frame, so that no command can contain one
 * 56  first frame    8   sequence of the first frame in here
 * 64  chain          4   running CRC32C of all frames before
 * 68  crc            4   CRC32C of bytes 0..67
 * </pre>
 *
 * Right behind comes a frame, written and forced together with the head, that carries the hard state and snapshot
 * markers over, so that the segments before may be deleted. Hence neither can be torn: damage here is always refused.
 */
record SegmentHead(
        long sequence,
        long firstIndex,
        long segmentBytes,
        StorageIdentity identity,
        long salt,
        long firstFrame,
        int chain) {
    static final int BYTES = 72;
    private static final byte VERSION = 1;
    private static final byte[] MAGIC = {'P', 'L', 'U', 'N', 'W', 'A', 'L'};
    private static final int CRC_AT = 68;

    byte[] encode() {
        ByteBuffer head = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        head.put(VERSION).put(MAGIC);
        head.putLong(sequence).putLong(firstIndex).putLong(segmentBytes);
        head.putLong(identity.clusterId()).putLong(identity.nodeId());
        head.putLong(salt).putLong(firstFrame).putInt(chain);
        head.putInt(crc(head.array()));
        return head.array();
    }

    static SegmentHead decode(byte[] bytes) throws DamagedException {
        ByteBuffer head = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (!Arrays.equals(bytes, 1, 8, MAGIC, 0, 7)) {
            throw new DamagedException("this is not a log segment");
        }
        if (bytes[0] != VERSION) {
            throw new DamagedException(
                    "format version " + bytes[0] + " is unknown to this program, which writes " + VERSION);
        }
        if (head.getInt(CRC_AT) != crc(bytes)) {
            throw new DamagedException("the head of the segment has a wrong checksum");
        }
        if (head.getLong(40) == 0) {
            throw new DamagedException("the head of the segment names no node");
        }
        return new SegmentHead(
                head.getLong(8),
                head.getLong(16),
                head.getLong(24),
                new StorageIdentity(head.getLong(32), head.getLong(40)),
                head.getLong(48),
                head.getLong(56),
                head.getInt(64));
    }

    private static int crc(byte[] head) {
        CRC32C crc = new CRC32C();
        crc.update(head, 0, CRC_AT);
        return (int) crc.getValue();
    }
}
