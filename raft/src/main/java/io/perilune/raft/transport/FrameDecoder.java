package io.perilune.raft.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Cuts a stream of bytes, however it arrives, into verified {@link Frames}. For one thread. */
final class FrameDecoder {
    /** A length is only a claim: memory is taken as bytes arrive, starting with this much. */
    private static final int FIRST_ALLOCATION_BYTES_MAX = 1 << 20;

    private static final byte[] NONE = {};

    private final Frames.Sink sink;
    private final byte[] header = new byte[Frames.HEADER_BYTES];
    private int headerFilled;
    private byte[] body = NONE;
    private int bodyFilled;
    private int bodyLength;

    FrameDecoder(Frames.Sink sink) {
        this.sink = sink;
    }

    /** Takes all of {@code in}. After an exception the stream cannot be read on. */
    void decode(ByteBuffer in) throws IOException {
        while (in.hasRemaining()) {
            if (headerFilled < Frames.HEADER_BYTES) {
                readHeader(in);
            } else {
                readBody(in);
            }
        }
    }

    private void readHeader(ByteBuffer in) throws IOException {
        int count = Math.min(in.remaining(), Frames.HEADER_BYTES - headerFilled);
        in.get(header, headerFilled, count);
        headerFilled += count;
        if (headerFilled < Frames.HEADER_BYTES) {
            return;
        }
        int length = Frames.getInt(header, 0);
        if (length < 0 || length > Frames.PAYLOAD_BYTES_MAX) {
            throw new IOException("a frame claims " + Integer.toUnsignedString(length) + " bytes; at most "
                    + Frames.PAYLOAD_BYTES_MAX + " are allowed");
        }
        bodyLength = length + Frames.TRAILER_BYTES;
        bodyFilled = 0;
        body = new byte[Math.min(bodyLength, FIRST_ALLOCATION_BYTES_MAX)];
    }

    private void readBody(ByteBuffer in) throws IOException {
        if (bodyFilled == body.length) {
            body = Arrays.copyOf(body, (int) Math.min(bodyLength, 4L * body.length));
        }
        int count = Math.min(in.remaining(), body.length - bodyFilled);
        in.get(body, bodyFilled, count);
        bodyFilled += count;
        if (bodyFilled == bodyLength) {
            finish();
        }
    }

    private void finish() throws IOException {
        byte type = header[4];
        int length = bodyLength - Frames.TRAILER_BYTES;
        if (Frames.getInt(body, length) != Frames.checksum(type, body, length)) {
            throw new IOException("the checksum of a frame of " + length + " bytes does not match");
        }
        byte[] frame = body;
        headerFilled = 0;
        body = NONE;
        sink.frame(type, frame, length);
    }
}
