package io.perilune.raft.storage;

import com.google.protobuf.InvalidProtocolBufferException;
import io.perilune.raft.proto.SnapshotMetadata;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.zip.CRC32C;

/**
 * A snapshot file, little-endian:
 *
 * <pre>
 *  0  version           1   (1)
 *  1  magic             7   "PLUNSNP"
 *  8  cluster id        8
 * 16  metadata length   4   m
 * 20  metadata          m   protobuf SnapshotMetadata
 *  .  crc               4   CRC32C of everything before
 *
 *  .  chunk length      4   1..{@value #CHUNK_BYTES}  ┐
 *  .  crc               4   chained                   │ any number of chunks
 *  .  data                                            ┘
 *
 *  .  zero              4   no chunk has this length
 *  .  state bytes       8
 *  .  crc               4   chained
 * </pre>
 *
 * A chained crc is the CRC32C of the crc before it, the length (in the trailer, zero and the count) and the data. So chunks
 * of two files cannot be mixed, and the place where a received part stops can be checked and gone on from. Nothing follows
 * the trailer. The node is not named: the file goes to others as it is.
 */
final class SnapshotFile {
    static final int CHUNK_BYTES = 256 * 1024;
    static final int CHUNK_HEADER_BYTES = 8;
    static final int TRAILER_BYTES = 16;

    private static final byte VERSION = 1;
    private static final byte[] MAGIC = {'P', 'L', 'U', 'N', 'S', 'N', 'P'};
    private static final int FIXED_BYTES = 20;

    /** Far above any membership; keeps a damaged length from being allocated. */
    private static final int METADATA_BYTES_MAX = 1024 * 1024;

    private SnapshotFile() {}

    /** What stands before the chunks. {@code crc} starts their chain. */
    record Header(SnapshotMetadata metadata, long clusterId, int bytes, int crc) {}

    static byte[] encodeHeader(SnapshotMetadata metadata, long clusterId) {
        byte[] encoded = metadata.toByteArray();
        ByteBuffer header =
                ByteBuffer.allocate(FIXED_BYTES + encoded.length + 4).order(ByteOrder.LITTLE_ENDIAN);
        header.put(VERSION).put(MAGIC).putLong(clusterId).putInt(encoded.length).put(encoded);
        header.putInt(crc(header.array(), header.position()));
        return header.array();
    }

    static Header readHeader(Path path, Files.OpenFile file) throws IOException {
        byte[] fixed = read(path, file, 0, FIXED_BYTES);
        if (!Arrays.equals(fixed, 1, 8, MAGIC, 0, 7)) {
            throw damaged(path, 0, "this is not a snapshot");
        }
        if (fixed[0] != VERSION) {
            throw damaged(
                    path, 0, "format version " + fixed[0] + " is unknown to this program, which writes " + VERSION);
        }
        int length = Frame.getInt(fixed, 16);
        if (length < 0 || length > METADATA_BYTES_MAX) {
            throw damaged(path, 16, "the metadata would have " + length + " bytes");
        }
        byte[] whole = read(path, file, 0, FIXED_BYTES + length + 4);
        int crc = crc(whole, FIXED_BYTES + length);
        if (Frame.getInt(whole, FIXED_BYTES + length) != crc) {
            throw damaged(path, 0, "the header has a wrong checksum");
        }
        ByteBuffer header = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
        try {
            SnapshotMetadata metadata = SnapshotMetadata.parseFrom(ByteBuffer.wrap(whole, FIXED_BYTES, length));
            return new Header(metadata, header.getLong(8), whole.length, crc);
        } catch (InvalidProtocolBufferException malformed) {
            throw damaged(path, FIXED_BYTES, "the metadata cannot be decoded: " + malformed.getMessage());
        }
    }

    static int chain(int before, byte[] data, int length) {
        CRC32C crc = new CRC32C();
        byte[] folded = new byte[8];
        Frame.putInt(folded, 0, before);
        Frame.putInt(folded, 4, length);
        crc.update(folded, 0, 8);
        crc.update(data, 0, length);
        return (int) crc.getValue();
    }

    static byte[] encodeTrailer(int chain, long stateBytes) {
        ByteBuffer trailer = ByteBuffer.allocate(TRAILER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        trailer.putInt(0).putLong(stateBytes);
        byte[] counted = Arrays.copyOfRange(trailer.array(), 4, 12);
        trailer.putInt(chain(chain, counted, counted.length));
        return trailer.array();
    }

    static IOException damaged(Path path, long offset, String reason) {
        return new IOException(path + " at offset " + offset + ": " + reason);
    }

    static byte[] read(Path path, Files.OpenFile file, long offset, int length) throws IOException {
        byte[] bytes = new byte[length];
        int count = Math.max(0, file.read(ByteBuffer.wrap(bytes), offset));
        if (count < length) {
            throw new EOFException(path + " at offset " + (offset + count) + ": the file ends too early");
        }
        return bytes;
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    /** Chunk after chunk from a file, each verified before it is handed out. */
    static final class Chunks {
        private final Path path;
        private final Files.OpenFile file;
        private long position;
        private int chain;
        private long stateBytes;

        Chunks(Path path, Files.OpenFile file, Header header) {
            this.path = path;
            this.file = file;
            this.position = header.bytes();
            this.chain = header.crc();
        }

        /** Where the next chunk begins. */
        long position() {
            return position;
        }

        /** The next chunk; empty at the trailer, when that and the end of the file are right. */
        byte[] next() throws IOException {
            byte[] header = read(path, file, position, CHUNK_HEADER_BYTES);
            int length = Frame.getInt(header, 0);
            if (length == 0) {
                requireTrailer();
                return new byte[0];
            }
            if (length < 0 || length > CHUNK_BYTES) {
                throw damaged(path, position, "a chunk of " + length + " bytes");
            }
            byte[] data = read(path, file, position + CHUNK_HEADER_BYTES, length);
            int expected = chain(chain, data, length);
            if (Frame.getInt(header, 4) != expected) {
                throw damaged(path, position, "a chunk has a wrong checksum");
            }
            chain = expected;
            position += CHUNK_HEADER_BYTES + length;
            stateBytes += length;
            return data;
        }

        private void requireTrailer() throws IOException {
            byte[] trailer = read(path, file, position, TRAILER_BYTES);
            if (!Arrays.equals(trailer, encodeTrailer(chain, stateBytes))) {
                throw damaged(path, position, "the trailer is wrong");
            }
            if (file.size() != position + TRAILER_BYTES) {
                throw damaged(path, position + TRAILER_BYTES, "something follows the trailer");
            }
        }
    }

    /** The state's bytes. */
    static final class StateStream extends InputStream {
        private final Chunks chunks;
        private byte[] chunk = new byte[0];
        private int next;
        private boolean ended;

        StateStream(Chunks chunks) {
            this.chunks = chunks;
        }

        @Override
        public int read() throws IOException {
            return fill() ? chunk[next++] & 0xff : -1;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, into.length);
            if (length == 0) {
                return 0;
            }
            if (!fill()) {
                return -1;
            }
            int count = Math.min(length, chunk.length - next);
            System.arraycopy(chunk, next, into, offset, count);
            next += count;
            return count;
        }

        private boolean fill() throws IOException {
            if (next == chunk.length && !ended) {
                chunk = chunks.next();
                next = 0;
                ended = chunk.length == 0;
            }
            return !ended;
        }
    }
}
