package io.perilune.raft.transport;

import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;
import io.perilune.raft.proto.SnapshotMetadata;
import io.perilune.raft.storage.Pace;
import io.perilune.raft.storage.SnapshotStore;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.zip.CRC32C;

/**
 * A snapshot on the wire, from store to store. A GET asks how much of it an earlier attempt left at the receiver; a POST
 * brings the rest of the file in chunks, each with its checksum, and ends with an empty one; integers are big-endian.
 * The MSG_SNAP itself is in a header of both.
 *
 * <pre>
 *   | n | bytes (n) | crc32c |   until n is 0
 * </pre>
 *
 * A chunk is all that either side holds in memory.
 */
final class SnapshotPost {
    static final String MESSAGE = "Perilune-Snapshot";
    static final String FILE_BYTES = "Perilune-Snapshot-Bytes";
    static final String OFFSET = "Perilune-Snapshot-Offset";
    private static final int CHUNK_BYTES = 256 << 10;
    /** Length and checksum. */
    private static final int CHUNK_FRAME_BYTES = 8;

    private static final int STORED = 204;
    private static final int OK = 200;

    private final Message message;
    private final String address;
    private final Identity self;
    private final LinkOptions options;

    SnapshotPost(Message message, String address, Identity self, LinkOptions options) {
        this.message = message;
        this.address = address;
        this.self = self;
        this.options = options;
    }

    /** @throws IOException unless the peer said that it has stored all of it */
    void send(SnapshotStore store) throws IOException {
        SnapshotMetadata metadata = message.getSnapshot().getMetadata();
        try (SnapshotStore.Reader reader = store.read(metadata.getTerm(), metadata.getIndex())
                .orElseThrow(() -> new IOException("the snapshot at " + metadata.getIndex() + " is gone"))) {
            long offset = askOffset(reader.fileBytes());
            post(reader, offset);
        }
    }

    private long askOffset(long fileBytes) throws IOException {
        try (Socket socket = connect()) {
            OutputStream out = socket.getOutputStream();
            out.write(head("GET", fileBytes, 0));
            out.flush();
            ResponseHead response = ResponseHead.read(socket.getInputStream());
            requireStatus(OK, response, socket.getInputStream());
            long offset = parseLong(response.header(OFFSET));
            if (offset < 0 || offset > fileBytes) {
                throw new IOException("the peer has " + offset + " of " + fileBytes + " bytes");
            }
            return offset;
        }
    }

    private void post(SnapshotStore.Reader reader, long offset) throws IOException {
        try (Socket socket = connect()) {
            OutputStream out = new BufferedOutputStream(socket.getOutputStream(), CHUNK_BYTES);
            String bodyBytes = Long.toString(bodyBytes(reader.fileBytes() - offset));
            out.write(head("POST", reader.fileBytes(), offset, "Content-Length", bodyBytes));
            sendFile(reader, offset, out);
            ResponseHead response = ResponseHead.read(socket.getInputStream());
            requireStatus(STORED, response, socket.getInputStream());
        }
    }

    private Socket connect() throws IOException {
        Socket socket = options.sockets().createSocket();
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) options.snapshotTimeout().toMillis());
            socket.connect(
                    Addresses.resolve(address), (int) options.connectTimeout().toMillis());
            return options.spoken(socket, address);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private byte[] head(String method, long fileBytes, long offset, String... more) {
        String[] headers = new String[6 + more.length];
        headers[0] = MESSAGE;
        headers[1] = Base64.getEncoder().encodeToString(message.toByteArray());
        headers[2] = FILE_BYTES;
        headers[3] = Long.toString(fileBytes);
        headers[4] = OFFSET;
        headers[5] = Long.toString(offset);
        System.arraycopy(more, 0, headers, 6, more.length);
        return Hello.request(method, Hello.SNAPSHOT_PATH, self, message.getTo(), headers);
    }

    private static void requireStatus(int wanted, ResponseHead response, InputStream in) throws IOException {
        if (response.status() != wanted) {
            throw new IOException("the peer answered " + response.status() + " "
                    + response.reason(in).strip());
        }
    }

    private void sendFile(SnapshotStore.Reader reader, long offset, OutputStream out) throws IOException {
        Pace pace = new Pace(options.snapshotBytesPerSecond());
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
        long position = offset;
        while (true) {
            chunk.clear();
            int count = reader.readFile(chunk, position);
            sendChunk(chunk.array(), Math.max(count, 0), out);
            if (count <= 0) {
                break;
            }
            position += count;
            pace.spend(count);
        }
        out.flush();
    }

    /** Size of a request's body that brings {@code fileBytes} in full chunks, a last one, and the empty one. */
    private static long bodyBytes(long fileBytes) {
        long chunks = (fileBytes + CHUNK_BYTES - 1) / CHUNK_BYTES + 1;
        return fileBytes + chunks * CHUNK_FRAME_BYTES;
    }

    private static void sendChunk(byte[] bytes, int length, OutputStream out) throws IOException {
        DataOutputStream data = new DataOutputStream(out);
        data.writeInt(length);
        data.write(bytes, 0, length);
        data.writeInt(checksum(bytes, length));
    }

    /** The message in a request's header, checked to be a snapshot from {@code from} to {@code self}. */
    static Message message(String header, long from, long self) throws IOException {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(header);
        } catch (IllegalArgumentException e) {
            throw new IOException("the snapshot's message is not Base64", e);
        }
        Message message = Frames.parseMessage(bytes, bytes.length);
        if (message.getType() != MessageType.MSG_SNAP || message.getFrom() != from || message.getTo() != self) {
            throw new IOException("not a snapshot from node " + from + " to node " + self);
        }
        return message;
    }

    /** How many bytes of the file are here already. */
    static long offset(SnapshotStore store, SnapshotMetadata metadata, long fileBytes) throws IOException {
        try (SnapshotStore.Incoming incoming = store.receive(metadata, fileBytes)) {
            return incoming.offset();
        }
    }

    /** Returns once the file is complete and on disk. What came before an exception stays for the next attempt. */
    static void receive(InputStream in, SnapshotStore store, SnapshotMetadata metadata, long fileBytes, long offset)
            throws IOException {
        DataInputStream data = new DataInputStream(in);
        byte[] chunk = new byte[CHUNK_BYTES];
        try (SnapshotStore.Incoming incoming = store.receive(metadata, fileBytes)) {
            if (incoming.offset() != offset) {
                throw new IOException("bytes from " + offset + " on, where " + incoming.offset() + " are here");
            }
            long position = offset;
            for (int count = receiveChunk(data, chunk); count > 0; count = receiveChunk(data, chunk)) {
                incoming.write(ByteBuffer.wrap(chunk, 0, count), position);
                position += count;
            }
            incoming.commit();
        }
    }

    private static int receiveChunk(DataInputStream in, byte[] into) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > into.length) {
            throw new IOException("a chunk of a snapshot claims " + Integer.toUnsignedString(length) + " bytes");
        }
        in.readFully(into, 0, length);
        if (in.readInt() != checksum(into, length)) {
            throw new IOException("the checksum of a chunk of a snapshot does not match");
        }
        return length;
    }

    private static int checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    private static long parseLong(String text) throws IOException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IOException("not a number: " + text, e);
        }
    }
}
