package io.perilune.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.http.Fixture.Response;
import io.perilune.scripting.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Requests that are almost right, at every path and method of the API: mutated paths, parameters, headers and bodies.
 * Each gets an answer in time, never a 500, never anything of our code's; what was refused has changed nothing.
 * {@code -Dperilune.seed} and {@code -Dperilune.requests} give other requests, and more of them.
 */
class ApiFuzzTest {
    private static final String SCRIPT = String.join(
            "\n",
            "function commands.put(args) put('k', args) return args end",
            "function apply(command) return command end",
            "function queries.k(args) return get('k') end");

    /** What a refusal of the request itself looks like; others come from scripts, and are in the log. */
    private static final Set<Integer> REFUSED =
            Set.of(400, 401, 403, 405, 406, 408, 410, 411, 412, 413, 414, 415, 416, 431);

    private static final List<String> VALUES = List.of(
            "",
            "0",
            "1",
            "-1",
            "7",
            "99999999999999999999",
            "1.5",
            "true",
            "false",
            "null",
            "linearizable",
            "local",
            "lease",
            "%00",
            "%ff",
            "%2e%2e%2f",
            "..",
            "a%20b",
            "1.3",
            "'",
            "\u00e4".repeat(3),
            "x".repeat(3_000),
            "k",
            "+",
            "%",
            "%zz");

    private static final List<String> SEGMENTS = List.of(
            "m",
            "m",
            "m",
            "nobody",
            "put",
            "k",
            "1",
            "2",
            "0",
            "-5",
            "99",
            "%6d",
            "M",
            "..",
            ".",
            "%2e%2e",
            "%00",
            "a%2Fb",
            "m;x=1",
            "%ff%fe",
            "\u00f6",
            "x".repeat(300),
            "",
            "root",
            "*");

    private static final List<String> HEADERS = List.of(
            "Idempotency-Key: k",
            "Idempotency-Key: " + "k".repeat(200),
            "Idempotency-Key: \u00e4",
            "If-Match: \"1\"",
            "If-Match: *",
            "Last-Event-ID: 1.2",
            "Last-Event-ID: x",
            "Range: bytes=5-",
            "Range: bytes=9-2",
            "If-Range: \"x\"",
            "Authorization: Bearer plt_a.b",
            "Authorization: " + "x".repeat(500),
            "Accept: text/html",
            "Expect: 100-continue",
            "Expect: 200-ok",
            "Origin: http://evil.example",
            "Content-Encoding: gzip",
            "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "X-Request-Id: a b",
            "Upgrade: h2c",
            "X-Large: " + "y".repeat(20_000),
            "Cookie: " + "z=1; ".repeat(300));

    private static final List<String> TYPES = List.of(
            "application/json",
            "application/x-ndjson",
            "application/zip",
            "text/x-lua",
            "application/octet-stream",
            "text/plain",
            "application/json; charset=utf-16",
            "multipart/form-data; boundary=x",
            "nonsense",
            "");

    private static final List<byte[]> BODIES = List.of(
            bytes("{}"),
            bytes("null"),
            bytes(""),
            bytes("{\"a\": [1, 2.5, null, \"\\u00e4\", {\"b\": true}]}"),
            bytes("{\"version\": 1}"),
            bytes("{\"id\": 1}"),
            bytes("{\"id\": 2, \"raft\": \"127.0.0.1:9\"}"),
            bytes("{\"script\": \"function apply(c) return c end\", \"last\": 5}"),
            bytes("{\"limits\": {\"gas\": 1000000}, \"history\": {\"bytes\": 1000}}"),
            bytes("{\"name\": \"t\", \"scopes\": [\"read:m\"], \"ttl_ms\": 5}"),
            bytes("{\"a\":1}\n{\"b\":2}\nnull\n\n[[]]\n{bad\n"),
            bytes("[".repeat(300)),
            bytes("123456789012345678901234567890"),
            bytes(SCRIPT),
            bytes("return ("),
            Bundle.pack(new TreeMap<>(Map.of("main.lua", Bytes.utf8(SCRIPT)))));

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private final long seed = Long.getLong("perilune.seed", System.nanoTime());
    private final int requests = Integer.getInteger("perilune.requests", 4_000);
    private final Random random = new Random(seed);

    private <T> T any(List<T> among) {
        return among.get(random.nextInt(among.size()));
    }

    @Test
    void nothing_that_is_sent_breaks_it() throws IOException {
        System.out.println("ApiFuzzTest: seed " + seed + ", " + requests + " requests");
        var operations = new ArrayList<>(Described.operations());
        var statuses = new TreeMap<Integer, Integer>();
        try (var api = new Fixture(ApiOptions.Bounds.DEFAULT)) {
            reset(api);
            for (var i = 0; i < requests; i++) {
                var request = request(any(operations));
                var before = state(api);
                var answer = send(api, request);
                statuses.merge(answer.status(), 1, Integer::sum);
                var shown = "seed " + seed + ", request " + i + ": "
                        + new String(request, ISO_8859_1).lines().findFirst().orElse("") + " -> " + answer.status()
                        + " " + answer.body();
                assertThat(answer.status()).as(shown).isNotIn(0, 500);
                assertThat(answer.body()).as(shown).doesNotContain("\tat ", "Exception", "io.perilune.", "java.");
                if (REFUSED.contains(answer.status())) {
                    assertThat(state(api)).as(shown).isEqualTo(before);
                }
                reset(api);
            }
        }
        System.out.println("ApiFuzzTest: " + statuses);
        assertThat(statuses.keySet()).contains(200, 400, 404);
    }

    /** There is a machine to be hit, and no token that keeps us out. */
    private static void reset(Fixture api) throws IOException {
        if (!api.send("GET", "/v1/machines/m", "", new byte[0]).headers().containsKey("perilune-index")
                || api.get("/v1/machines/m").status() != 200) {
            api.send("PUT", "/v1/machines/m/script", "text/x-lua", bytes(SCRIPT));
        }
    }

    private static String state(Fixture api) throws IOException {
        return api.get("/v1/machines?digest=true&consistency=local")
                        .json()
                        .path("items")
                        .toString()
                + api.get("/v1/tokens").json().path("items");
    }

    private byte[] request(String operation) {
        var space = operation.indexOf(' ');
        var method = random.nextInt(20) == 0
                ? any(List.of("HEAD", "OPTIONS", "TRACE", "CONNECT", "PATCH", "PUT", "post"))
                : operation.substring(0, space);
        var path = new StringBuilder();
        for (var part : operation.substring(space + 2).split("/", -1)) {
            path.append('/').append(part.startsWith("{") || random.nextInt(40) == 0 ? any(SEGMENTS) : part);
        }
        var body = method.equals("GET") && random.nextInt(10) > 0 ? new byte[0] : mutated(any(BODIES));
        var head = new StringBuilder(method + " " + path + query(operation) + " HTTP/1.1\r\nHost: localhost\r\n");
        for (var i = Math.max(0, random.nextInt(6) - 3); i > 0; i--) {
            head.append(any(HEADERS)).append("\r\n");
        }
        if (random.nextInt(6) > 0) {
            head.append("Content-Type: ").append(any(TYPES)).append("\r\n");
        }
        head.append("Connection: close\r\n");
        var out = new ByteArrayOutputStream();
        if (random.nextInt(5) == 0) {
            head.append("Transfer-Encoding: chunked\r\n\r\n");
            out.writeBytes(head.toString().getBytes(ISO_8859_1));
            if (body.length > 0) {
                out.writeBytes((Integer.toHexString(body.length) + "\r\n").getBytes(ISO_8859_1));
                out.writeBytes(body);
                out.writeBytes(bytes("\r\n"));
            }
            out.writeBytes(bytes("0\r\n\r\n"));
        } else {
            head.append("Content-Length: ").append(body.length).append("\r\n\r\n");
            out.writeBytes(head.toString().getBytes(ISO_8859_1));
            out.writeBytes(body);
        }
        return out.toByteArray();
    }

    private String query(String operation) {
        var names = new ArrayList<>(Described.parameters(operation));
        var query = new StringBuilder();
        for (var i = Math.max(0, random.nextInt(6) - 3); i > 0; i--) {
            var name =
                    names.isEmpty() || random.nextInt(8) == 0 ? any(List.of("bogus", "timeot", "%ff", "")) : any(names);
            query.append(query.isEmpty() ? '?' : '&').append(name).append('=').append(any(VALUES));
        }
        return query.toString();
    }

    private byte[] mutated(byte[] body) {
        if (body.length == 0 || random.nextInt(3) == 0) {
            return body;
        }
        var changed = body.clone();
        for (var i = random.nextInt(4); i > 0; i--) {
            changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return random.nextInt(4) == 0 ? java.util.Arrays.copyOf(changed, random.nextInt(changed.length + 1)) : changed;
    }

    /** A stream of events goes on: it is left after its head. */
    private static Response send(Fixture api, byte[] request) throws IOException {
        try (var socket = api.connect()) {
            socket.getOutputStream().write(request);
            var bytes = new ByteArrayOutputStream();
            var in = socket.getInputStream();
            var buffer = new byte[8_192];
            for (var count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                bytes.write(buffer, 0, count);
                if (bytes.toString(ISO_8859_1).contains("text/event-stream")) {
                    break;
                }
            }
            return Fixture.parse(bytes.toByteArray());
        } catch (SocketTimeoutException silent) {
            throw new AssertionError("no answer in time: " + new String(request, ISO_8859_1), silent);
        }
    }
}
