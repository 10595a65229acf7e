package io.perilune.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.perilune.engine.Engine;
import io.perilune.engine.EngineOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.Map;
import java.util.TreeMap;

/** One node with its API on a port of its own, and a client that can also misbehave. */
final class Fixture implements AutoCloseable {
    private static final int SOCKET_MILLIS = 20_000;

    /** What came back. Names of headers are in lower case. */
    record Response(int status, Map<String, String> headers, String body) {
        JsonNode json() {
            try {
                return new ObjectMapper().readTree(body);
            } catch (IOException malformed) {
                throw new AssertionError("not JSON: " + body, malformed);
            }
        }
    }

    private OneNode node;
    private final Engine engine;
    private final ApiServer server;

    Fixture(ApiOptions.Bounds bounds) throws IOException {
        engine = Engine.start(EngineOptions.DEFAULT, state -> node = new OneNode(state));
        server = ApiServer.start(ApiOptions.loopback(0).withBounds(bounds), engine);
    }

    OneNode node() {
        return node;
    }

    ApiServer server() {
        return server;
    }

    Response get(String path) throws IOException {
        return send("GET", path, "", new byte[0]);
    }

    Response post(String path, String json, String... headers) throws IOException {
        return send("POST", path, "application/json", json.getBytes(UTF_8), headers);
    }

    /** @param headers lines, each of them whole */
    Response send(String method, String path, String type, byte[] body, String... headers) throws IOException {
        var head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        for (var header : headers) {
            head.append(header).append("\r\n");
        }
        if (!type.isEmpty()) {
            head.append("Content-Type: ").append(type).append("\r\n");
        }
        if (body.length > 0 || !method.equals("GET")) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        var response = raw(head.append("\r\n").toString().getBytes(ISO_8859_1), body);
        var answered = response.headers().getOrDefault("content-type", "");
        assertThat(Described.complaints(method, path, response.status(), answered, response.body()))
                .as("%s %s: %s %s", method, path, response.status(), response.body())
                .isEmpty();
        if (response.status() < 300) {
            assertThat(Described.complaintsOfAccepted(method, path, type, body))
                    .as("%s %s was accepted", method, path)
                    .isEmpty();
        }
        return response;
    }

    /** Sends all of it, whatever it is, then reads to the end. */
    Response raw(byte[]... parts) throws IOException {
        try (var socket = connect()) {
            for (var part : parts) {
                socket.getOutputStream().write(part);
            }
            return read(socket);
        }
    }

    Socket connect() throws IOException {
        var socket = new Socket(server.address().getAddress(), server.address().getPort());
        socket.setSoTimeout(SOCKET_MILLIS);
        return socket;
    }

    /** Up to where the server closes. */
    static Response read(Socket socket) throws IOException {
        var bytes = new ByteArrayOutputStream();
        socket.getInputStream().transferTo(bytes);
        return parse(bytes.toByteArray());
    }

    static Response parse(byte[] bytes) {
        var text = new String(bytes, ISO_8859_1);
        var end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            return new Response(0, Map.of(), text);
        }
        var lines = text.substring(0, end).split("\r\n");
        var headers = new TreeMap<String, String>();
        for (var i = 1; i < lines.length; i++) {
            var colon = lines[i].indexOf(':');
            headers.put(
                    lines[i].substring(0, colon).toLowerCase(java.util.Locale.ROOT),
                    lines[i].substring(colon + 1).strip());
        }
        var body = text.substring(end + 4);
        if ("chunked".equals(headers.get("transfer-encoding"))) {
            body = unchunked(body);
        }
        return new Response(
                Integer.parseInt(lines[0].split(" ")[1]), headers, new String(body.getBytes(ISO_8859_1), UTF_8));
    }

    private static String unchunked(String text) {
        var body = new StringBuilder();
        for (var start = 0; ; ) {
            var line = text.indexOf("\r\n", start);
            if (line < 0) {
                return body.toString();
            }
            var size = Integer.parseInt(text.substring(start, line).strip(), 16);
            if (size == 0) {
                return body.toString();
            }
            body.append(text, line + 2, line + 2 + size);
            start = line + 2 + size + 2;
        }
    }

    @Override
    public void close() {
        server.close();
        engine.close();
    }
}
