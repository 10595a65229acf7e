package io.perilune.cli.bench;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * One connection that sends the same bytes again and again. A whole HTTP client takes longer for a request than a node
 * does, and would be what is measured.
 */
final class Wire implements AutoCloseable {
    private static final int CONNECT_MILLIS = 3_000;
    private static final int ANSWER_MILLIS = 60_000;

    private final Socket socket;
    private final InputStream in;

    Wire(URI node, @Nullable SSLContext tls) throws IOException {
        var secure = "https".equals(node.getScheme());
        var port = node.getPort() > 0 ? node.getPort() : secure ? 443 : 80;
        var plain = new Socket();
        plain.setTcpNoDelay(true);
        plain.setSoTimeout(ANSWER_MILLIS);
        plain.connect(new InetSocketAddress(node.getHost(), port), CONNECT_MILLIS);
        this.socket = secure ? secured(plain, node.getHost(), port, tls) : plain;
        this.in = new BufferedInputStream(socket.getInputStream(), 16 << 10);
    }

    private static Socket secured(Socket plain, String host, int port, @Nullable SSLContext tls) throws IOException {
        try {
            var context = tls == null ? SSLContext.getDefault() : tls;
            var spoken = (SSLSocket) context.getSocketFactory().createSocket(plain, host, port, true);
            var parameters = spoken.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            spoken.setSSLParameters(parameters);
            spoken.startHandshake();
            return spoken;
        } catch (NoSuchAlgorithmException impossible) {
            throw new IOException(impossible);
        }
    }

    /** @return the status of the answer, which has been read to its end */
    int exchange(byte[] request) throws IOException {
        socket.getOutputStream().write(request);
        var status = Integer.parseInt(line().split(" ", 3)[1]);
        var length = 0L;
        var chunked = false;
        for (var line = line(); !line.isEmpty(); line = line()) {
            var lower = line.toLowerCase(Locale.ROOT);
            if (lower.startsWith("content-length:")) {
                length = Long.parseLong(lower.substring(15).strip());
            } else if (lower.startsWith("transfer-encoding:")) {
                chunked = lower.contains("chunked");
            }
        }
        if (chunked) {
            skipChunks();
        } else {
            in.skipNBytes(length);
        }
        return status;
    }

    private void skipChunks() throws IOException {
        while (true) {
            var size = Long.parseLong(line().split(";")[0].strip(), 16);
            in.skipNBytes(size);
            line();
            if (size == 0) {
                return;
            }
        }
    }

    private String line() throws IOException {
        var text = new byte[128];
        var length = 0;
        for (var next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the node closed the connection");
            }
            if (length == text.length) {
                text = Arrays.copyOf(text, 2 * length);
            }
            text[length++] = (byte) next;
        }
        return new String(text, 0, length, StandardCharsets.ISO_8859_1).stripTrailing();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
