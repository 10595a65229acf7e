package io.perilune.raft.node;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for an entry: it stands before the command in the entry's data, so that the node that proposed it knows it
 * again when it is applied. Integers are big-endian.
 *
 * <pre>
 *   0         1        9             17         25
 *   | version | origin | incarnation | sequence | command
 * </pre>
 *
 * @param origin the node that proposed it
 * @param incarnation which run of that node: a sequence starts anew with each
 */
record Tag(long origin, long incarnation, long sequence) {
    static final int BYTES = 25;
    private static final byte VERSION = 1;

    /** The data of an entry: this tag, then the command. */
    byte[] before(byte[] command) {
        byte[] data = new byte[BYTES + command.length];
        ByteBuffer.wrap(data)
                .put(VERSION)
                .putLong(origin)
                .putLong(incarnation)
                .putLong(sequence)
                .put(command);
        return data;
    }

    /** @return null where the data is not one of a command of ours */
    static @Nullable Tag of(ByteString data) {
        if (data.size() < BYTES || data.byteAt(0) != VERSION) {
            return null;
        }
        return new Tag(getLong(data, 1), getLong(data, 9), getLong(data, 17));
    }

    static ByteBuffer command(ByteString data) {
        ByteBuffer buffer = data.asReadOnlyByteBuffer();
        // A view of a larger array does not begin at position 0.
        return buffer.position(buffer.position() + BYTES).slice();
    }

    private static long getLong(ByteString data, int at) {
        long value = 0;
        for (int i = at; i < at + 8; i++) {
            value = value << 8 | (data.byteAt(i) & 0xff);
        }
        return value;
    }
}
