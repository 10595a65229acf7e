package io.perilune.raft.transport;

import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * A snapshot on the wire: one request whose body is the message, then the snapshot's bytes in chunks, each with its
 * checksum, then an empty chunk; integers are big-endian.
 *
 * <pre>
 *   | n | MSG_SNAP (n) | crc32c |   once
 *   | n | bytes (n)    | crc32c |   until n is 0
 * </pre>
 *
 * A chunk is all that either side holds in memory.
 */
final class SnapshotPost {
    private static final int CHUNK_BYTES = 256 << 10;

    private SnapshotPost() {}

    /** @throws IOException unless the peer said that it has stored all of it */
    static void send(Message message, String address, Identity self, SnapshotBodies bodies, LinkOptions options)
            throws IOException {
        try (SnapshotBodies.Outgoing outgoing =
                        bodies.open(message.getSnapshot().getMetadata());
                Socket socket = options.sockets().createSocket()) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) options.snapshotTimeout().toMillis());
            socket.connect(
                    Addresses.resolve(address), (int) options.connectTimeout().toMillis());
            OutputStream out = new BufferedOutputStream(socket.getOutputStream(), CHUNK_BYTES);
            out.write(Hello.request(
                    "POST", Hello.SNAPSHOT_PATH, self, message.getTo(), "Transfer-Encoding", "chunked"));
            sendBody(message, outgoing.body(), out);
            ResponseHead response = ResponseHead.read(socket.getInputStream());
            if (response.status() != 204) {
                throw new IOException("the peer answered " + response.status() + " "
                        + response.reason(socket.getInputStream()).strip());
            }
        }
    }

    private static void sendBody(Message message, InputStream body, OutputStream out) throws IOException {
        byte[] envelope = message.toByteArray();
        sendChunk(envelope, envelope.length, out);
        byte[] chunk = new byte[CHUNK_BYTES];
        for (int count = body.readNBytes(chunk, 0, CHUNK_BYTES);
                count > 0;
                count = body.readNBytes(chunk, 0, CHUNK_BYTES)) {
            sendChunk(chunk, count, out);
        }
        sendChunk(chunk, 0, out);
        out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    /** One of our chunks as one of HTTP's. */
    private static void sendChunk(byte[] bytes, int length, OutputStream out) throws IOException {
        out.write((Integer.toHexString(length + 8) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        DataOutputStream data = new DataOutputStream(out);
        data.writeInt(length);
        data.write(bytes, 0, length);
        data.writeInt(checksum(bytes, length));
        out.write('\r');
        out.write('\n');
    }

    /** @return whether the receiver took the message, once the body was stored */
    static boolean receive(InputStream in, long from, long self, SnapshotBodies bodies, Receiver receiver)
            throws IOException {
        DataInputStream data = new DataInputStream(in);
        byte[] envelope = new byte[CHUNK_BYTES];
        int length = receiveChunk(data, envelope);
        Message message = Frames.parseMessage(envelope, length);
        if (message.getType() != MessageType.MSG_SNAP || message.getFrom() != from || message.getTo() != self) {
            throw new IOException("not a snapshot from node " + from + " to node " + self);
        }
        try (SnapshotBodies.Incoming incoming =
                bodies.create(message.getSnapshot().getMetadata())) {
            byte[] chunk = new byte[CHUNK_BYTES];
            for (int count = receiveChunk(data, chunk); count > 0; count = receiveChunk(data, chunk)) {
                incoming.body().write(chunk, 0, count);
            }
            incoming.commit();
        }
        return receiver.receive(message);
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
}
