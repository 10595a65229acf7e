package io.perilune.raft.storage;

import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Writes {@link Frame}s through one direct buffer: a frame that fits it is one write, a larger one is cut at sectors. Owned by the thread that writes the
 * log.
 */
final class FrameWriter {
    /** Records up to this size share one array; a larger one gets its own for the moment. */
    private static final int SCRATCH_BYTES = 64 * 1024;

    private final ByteBuffer buffer;
    private final byte[] scratch = new byte[SCRATCH_BYTES];

    FrameWriter(int bufferBytes) {
        buffer = ByteBuffer.allocateDirect(bufferBytes);
    }

    /**
     * What was written.
     *
     * @param offsets where in the file each record begins
     */
    record Written(long end, int chain, long[] offsets) {}

    static int payloadBytes(List<LogRecord> records) {
        long bytes = 0;
        for (LogRecord each : records) {
            bytes += LogRecord.HEADER_BYTES + each.payloadBytes();
        }
        if (bytes > Frame.PAYLOAD_BYTES_MAX) {
            throw new IllegalArgumentException(
                    bytes + " bytes in one append, at most " + Frame.PAYLOAD_BYTES_MAX + " are allowed");
        }
        return (int) bytes;
    }

    Written write(Files.OpenFile file, long position, Frame frame, long salt, List<LogRecord> records)
            throws IOException {
        Run run = new Run(file, position);
        long[] offsets = new long[records.size()];
        byte[] header = frame.encodeHeader(salt);
        int chain = frame.chainAfterHeader(header, 0);
        run.put(header, header.length);
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = run.position();
            byte[] encoded = encode(records.get(i));
            chain = Frame.chainAfterRecord(chain, encoded, 0);
            run.put(encoded, LogRecord.HEADER_BYTES + records.get(i).payloadBytes());
        }
        run.put(frame.encodeEnd(chain), Frame.END_BYTES);
        run.flush();
        return new Written(run.position(), chain, offsets);
    }

    private byte[] encode(LogRecord each) throws IOException {
        int length = each.payloadBytes();
        int total = LogRecord.HEADER_BYTES + length;
        byte[] bytes = total <= SCRATCH_BYTES ? scratch : new byte[total];
        bytes[0] = each.type();
        Frame.putInt(bytes, 1, length);
        CodedOutputStream payload = CodedOutputStream.newInstance(bytes, LogRecord.HEADER_BYTES, length);
        each.encodePayload(payload);
        payload.checkNoSpaceLeft();
        Frame.putInt(bytes, 5, Frame.recordCrc(bytes, 0, length));
        return bytes;
    }

    /** One frame on its way to the file. */
    private final class Run {
        private final Files.OpenFile file;
        private long flushed;

        Run(Files.OpenFile file, long position) {
            this.file = file;
            this.flushed = position;
            clear();
        }

        /**
         * Lets the next write end where a sector does: then each sector of a frame is written by one call, and no crash
         * can leave half of what the frame has in it, which {@link TornTail} could not explain.
         */
        private void clear() {
            buffer.clear();
            long end = (flushed + buffer.capacity()) / TornTail.SECTOR_BYTES * TornTail.SECTOR_BYTES;
            buffer.limit((int) (end - flushed));
        }

        long position() {
            return flushed + buffer.position();
        }

        void put(byte[] bytes, int length) throws IOException {
            int done = 0;
            while (done < length) {
                if (!buffer.hasRemaining()) {
                    flush();
                }
                int count = Math.min(length - done, buffer.remaining());
                buffer.put(bytes, done, count);
                done += count;
            }
        }

        void flush() throws IOException {
            buffer.flip();
            int count = buffer.remaining();
            if (count > 0) {
                file.write(buffer, flushed);
            }
            flushed += count;
            clear();
        }
    }
}
