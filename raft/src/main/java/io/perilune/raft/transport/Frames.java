package io.perilune.raft.transport;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import io.perilune.raft.proto.Message;
import java.io.IOException;
import java.util.zip.CRC32C;

/**
 * The layout of what travels on a link after the upgrade; integers are big-endian.
 *
 * <pre>
 *   0         4      5                5+n        9+n
 *   | n       | type | payload        | crc32c   |
 * </pre>
 *
 * The checksum covers type and payload. The version of the layout is agreed on in the upgrade request.
 */
final class Frames {
    static final int HEADER_BYTES = 5;
    static final int TRAILER_BYTES = 4;
    /** More than the largest append (1 MiB of entries, or one larger command) needs; checked before allocating. */
    static final int PAYLOAD_BYTES_MAX = 64 << 20;

    static final byte MESSAGE = 1;
    static final byte PING = 2;
    static final byte PONG = 3;

    private Frames() {}

    /** Takes whole frames. */
    interface Sink {
        /** @param bytes owned by the sink; the payload is the first {@code length} of them */
        void frame(byte type, byte[] bytes, int length) throws IOException;
    }

    static void putInt(byte[] bytes, int at, int value) {
        bytes[at] = (byte) (value >>> 24);
        bytes[at + 1] = (byte) (value >>> 16);
        bytes[at + 2] = (byte) (value >>> 8);
        bytes[at + 3] = (byte) value;
    }

    static int getInt(byte[] bytes, int at) {
        return bytes[at] << 24 | (bytes[at + 1] & 0xff) << 16 | (bytes[at + 2] & 0xff) << 8 | (bytes[at + 3] & 0xff);
    }

    static int checksum(byte type, byte[] payload, int length) {
        CRC32C crc = new CRC32C();
        crc.update(type);
        crc.update(payload, 0, length);
        return (int) crc.getValue();
    }

    /** A frame without payload. */
    static byte[] empty(byte type) {
        byte[] frame = new byte[HEADER_BYTES + TRAILER_BYTES];
        frame[4] = type;
        putInt(frame, HEADER_BYTES, checksum(type, frame, 0));
        return frame;
    }

    /** Commands in the message share {@code bytes}, which must not change afterwards. */
    static Message parseMessage(byte[] bytes, int length) throws IOException {
        CodedInputStream in = UnsafeByteOperations.unsafeWrap(bytes, 0, length).newCodedInput();
        in.enableAliasing(true);
        Message message = Message.parseFrom(in);
        if (!in.isAtEnd()) {
            throw new InvalidProtocolBufferException("bytes left over after the message");
        }
        return message;
    }
}
