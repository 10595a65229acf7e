package io.perilune.raft.storage;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.HardState;
import io.perilune.raft.proto.SnapshotMetadata;
import java.io.IOException;

/**
 * One thing in a {@link Frame}, little-endian:
 *
 * <pre>
 * 0  type     1
 * 1  length   4   of the payload
 * 5  crc      4   CRC32C of type, length and payload
 * 9  payload      protobuf; in front of a marker's, one byte for its origin
 * </pre>
 */
sealed interface LogRecord {
    int HEADER_BYTES = 9;

    byte ENTRY = 1;
    byte HARD_STATE = 2;
    byte MARKER = 3;
    byte CARRIED_MARKER = 4;

    byte type();

    int payloadBytes();

    void encodePayload(CodedOutputStream into) throws IOException;

    record OfEntry(Entry entry) implements LogRecord {
        @Override
        public byte type() {
            return ENTRY;
        }

        @Override
        public int payloadBytes() {
            return entry.getSerializedSize();
        }

        @Override
        public void encodePayload(CodedOutputStream into) throws IOException {
            entry.writeTo(into);
        }
    }

    record OfHardState(HardState hardState) implements LogRecord {
        @Override
        public byte type() {
            return HARD_STATE;
        }

        @Override
        public int payloadBytes() {
            return hardState.getSerializedSize();
        }

        @Override
        public void encodePayload(CodedOutputStream into) throws IOException {
            hardState.writeTo(into);
        }
    }

    /** @param type {@link #MARKER}, or {@link #CARRIED_MARKER} for one repeated at the start of a segment */
    record OfMarker(SnapshotMarker marker, byte type) implements LogRecord {
        @Override
        public int payloadBytes() {
            return 1 + marker.metadata().getSerializedSize();
        }

        @Override
        public void encodePayload(CodedOutputStream into) throws IOException {
            into.writeRawByte(marker.origin() == SnapshotMarker.Origin.TAKEN ? (byte) 1 : (byte) 2);
            marker.metadata().writeTo(into);
        }
    }

    /** Decodes a payload whose checksum was right. Copies out of {@code bytes}. */
    static LogRecord decode(byte type, byte[] bytes, int offset, int length) throws DamagedException {
        try {
            return switch (type) {
                case ENTRY -> new OfEntry(entry(bytes, offset, length));
                case HARD_STATE -> new OfHardState(HardState.parseFrom(ByteString.copyFrom(bytes, offset, length)));
                case MARKER, CARRIED_MARKER -> new OfMarker(marker(bytes, offset, length), type);
                default -> throw new DamagedException("a record of unknown type " + type);
            };
        } catch (InvalidProtocolBufferException malformed) {
            throw new DamagedException("a record of type " + type + " cannot be decoded: " + malformed.getMessage());
        }
    }

    private static Entry entry(byte[] bytes, int offset, int length)
            throws InvalidProtocolBufferException, DamagedException {
        Entry entry = Entry.parser().parseFrom(bytes, offset, length);
        if (entry.getIndex() <= 0 || entry.getTerm() < 0) {
            throw new DamagedException("an entry with index " + entry.getIndex() + " and term " + entry.getTerm());
        }
        return entry;
    }

    private static SnapshotMarker marker(byte[] bytes, int offset, int length)
            throws InvalidProtocolBufferException, DamagedException {
        if (length < 1 || bytes[offset] < 1 || bytes[offset] > 2) {
            throw new DamagedException("a snapshot marker of unknown origin");
        }
        SnapshotMetadata read = SnapshotMetadata.parser().parseFrom(bytes, offset + 1, length - 1);
        SnapshotMarker.Origin origin =
                bytes[offset] == 1 ? SnapshotMarker.Origin.TAKEN : SnapshotMarker.Origin.INSTALLED;
        if (read.getIndex() <= 0 || read.getTerm() < 0) {
            throw new DamagedException(
                    "a snapshot marker with index " + read.getIndex() + " and term " + read.getTerm());
        }
        return new SnapshotMarker(read, origin);
    }
}
