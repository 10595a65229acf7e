package io.perilune.raft.transport;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The head of an HTTP/1.1 response, read a byte at a time so that nothing behind it is taken.
 *
 * @param headers by lower-case name
 */
record ResponseHead(int status, Map<String, String> headers) {
    private static final int BYTES_MAX = 8192;
    private static final int REASON_BYTES_MAX = 1024;

    static ResponseHead read(InputStream in) throws IOException {
        String[] lines = readText(in).split("\r\n", -1);
        String[] first = lines[0].split(" ", 3);
        if (first.length < 2 || !first[0].startsWith("HTTP/1.1")) {
            throw new IOException("not an HTTP/1.1 response: " + lines[0]);
        }
        Map<String, String> headers = new HashMap<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon > 0) {
                headers.put(
                        lines[i].substring(0, colon).trim().toLowerCase(Locale.ROOT),
                        lines[i].substring(colon + 1).trim());
            }
        }
        return new ResponseHead(number(first[1]), headers);
    }

    private static String readText(InputStream in) throws IOException {
        byte[] bytes = new byte[BYTES_MAX];
        int length = 0;
        while (!endsHead(bytes, length)) {
            if (length == BYTES_MAX) {
                throw new IOException("the head of the response is longer than " + BYTES_MAX + " bytes");
            }
            int b = in.read();
            if (b < 0) {
                throw new EOFException("the connection ended inside the head of the response");
            }
            bytes[length++] = (byte) b;
        }
        return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    }

    private static boolean endsHead(byte[] bytes, int length) {
        return length >= 4
                && bytes[length - 4] == '\r'
                && bytes[length - 3] == '\n'
                && bytes[length - 2] == '\r'
                && bytes[length - 1] == '\n';
    }

    private static int number(String text) throws IOException {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IOException("not a number in an HTTP response: " + text, e);
        }
    }

    String header(String name) {
        return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    }

    /** The body of a refusal, which says why in a line of text. */
    String reason(InputStream in) throws IOException {
        String length = header("Content-Length");
        int bytes = length.isEmpty() ? 0 : Math.min(number(length), REASON_BYTES_MAX);
        return new String(in.readNBytes(Math.max(bytes, 0)), StandardCharsets.UTF_8);
    }
}
