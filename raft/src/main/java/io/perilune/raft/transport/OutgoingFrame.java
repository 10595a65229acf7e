package io.perilune.raft.transport;

import com.google.protobuf.CodedOutputStream;
import io.perilune.raft.proto.Message;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** A message waiting in the queue of a link; encoded by the thread that writes it. */
final class OutgoingFrame {
    private final Message envelope;
    private final @Nullable SharedEntries entries;
    private final int payloadBytes;

    OutgoingFrame(Message message, SharedEntries.Recent recent) {
        if (message.getEntriesCount() == 0) {
            envelope = message;
            entries = null;
            payloadBytes = message.getSerializedSize();
        } else {
            envelope = message.toBuilder().clearEntries().build();
            entries = recent.of(message.getEntriesList());
            payloadBytes = envelope.getSerializedSize() + entries.bytes();
        }
    }

    int bytes() {
        return Frames.HEADER_BYTES + payloadBytes + Frames.TRAILER_BYTES;
    }

    boolean fits() {
        return payloadBytes <= Frames.PAYLOAD_BYTES_MAX;
    }

    void writeTo(OutputStream out) throws IOException {
        int envelopeBytes = envelope.getSerializedSize();
        byte[] head = new byte[Frames.HEADER_BYTES + envelopeBytes];
        Frames.putInt(head, 0, payloadBytes);
        head[4] = Frames.MESSAGE;
        CodedOutputStream coded = CodedOutputStream.newInstance(head, Frames.HEADER_BYTES, envelopeBytes);
        envelope.writeTo(coded);
        coded.checkNoSpaceLeft();
        CRC32C crc = new CRC32C();
        crc.update(head, 4, 1 + envelopeBytes);
        out.write(head);
        if (entries != null) {
            byte[] encoded = entries.encoded();
            crc.update(encoded);
            out.write(encoded);
        }
        byte[] trailer = new byte[Frames.TRAILER_BYTES];
        Frames.putInt(trailer, 0, (int) crc.getValue());
        out.write(trailer);
    }
}
