package io.perilune.raft.transport;

import io.perilune.raft.proto.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Random;

/** A link's own encoding and decoding of messages, for networks that are simulated. One thread uses it. */
public final class WireCodec {
    private final SharedEntries.Recent recent = new SharedEntries.Recent();

    public byte[] encode(Message message) {
        var bytes = new ByteArrayOutputStream();
        try {
            new OutgoingFrame(message, recent).writeTo(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("an array cannot fail", e);
        }
        return bytes.toByteArray();
    }

    /** The message whose frame {@code bytes} are, which arrive in two pieces. */
    public static Message decode(byte[] bytes, Random chance) {
        Message[] decoded = new Message[1];
        var decoder = new FrameDecoder((type, payload, length) -> decoded[0] = Frames.parseMessage(payload, length));
        int cut = chance.nextInt(bytes.length);
        try {
            decoder.decode(ByteBuffer.wrap(bytes, 0, cut));
            decoder.decode(ByteBuffer.wrap(bytes, cut, bytes.length - cut));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return decoded[0];
    }
}
