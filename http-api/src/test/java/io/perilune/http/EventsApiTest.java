package io.perilune.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventsApiTest {
    private static final String EMITTER = """
            function commands.emit(n)
              for i = 1, n do emit("tick", { i = i }) end
              put("last", n)
            end
            function commands.put(args) put(args.key, args.value, { ttl = args.ttl }) end
            function commands.del(key) delete(key) end
            function commands.large(n) for i = 1, n do emit("large", string.rep("x", 60000)) end end
            """;

    /** For a stream to be read in all, so that one that only beats does not keep a test for ever. */
    private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(20);

    private Fixture api;

    @BeforeEach
    void start() throws IOException {
        api = new Fixture(ApiOptions.Bounds.DEFAULT);
        api.send("PUT", "/v1/machines/m/script", "text/x-lua", EMITTER.getBytes(UTF_8));
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private long emit(int n) throws IOException {
        return index(api.post("/v1/machines/m/commands/emit", "" + n));
    }

    private static long index(Fixture.Response response) {
        assertThat(response.status()).as(response.body()).isEqualTo(200);
        return response.json().path("index").asLong();
    }

    /** Server-sent events as a client reads them; waits for each no longer than the fixture's sockets do. */
    private final class Stream implements AutoCloseable {
        private final Socket socket = api.connect();
        private final BufferedReader reader;
        private final String head;

        Stream(String query, String... headers) throws IOException {
            this("/v1/machines/m/events", query, headers);
        }

        Stream(String path, String query, String[] headers) throws IOException {
            var request =
                    "GET " + path + query + " HTTP/1.1\r\nHost: localhost\r\n" + String.join("", headers) + "\r\n";
            socket.getOutputStream().write(request.getBytes(UTF_8));
            head = readTo(socket, "\r\n\r\n");
            reader = new BufferedReader(new InputStreamReader(new Chunks(socket.getInputStream()), UTF_8));
        }

        /** The next event as {@code type id data}; null at the end. */
        String next() throws IOException {
            var parts = new ArrayList<String>();
            for (var line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.isEmpty() && !parts.isEmpty()) {
                    return String.join(" ", parts);
                } else if (line.startsWith("event: ")) {
                    parts.add(0, line.substring(7));
                } else if (line.startsWith("id: ") || line.startsWith("data: ")) {
                    parts.add(line.substring(line.indexOf(' ') + 1));
                }
            }
            return null;
        }

        List<String> next(int count) throws IOException {
            var events = new ArrayList<String>();
            for (var i = 0; i < count; i++) {
                events.add(next());
            }
            return events;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /** A body in chunks (RFC 9112, 7.1), up to the last. */
    private static final class Chunks extends InputStream {
        private final InputStream in;
        private final long begun = System.nanoTime();
        private int left;

        Chunks(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            if (left == 0) {
                var size = line();
                left = Integer.parseInt(size.isEmpty() ? line() : size, 16);
                if (left == 0) {
                    return -1;
                }
            }
            left--;
            return in.read();
        }

        /** What is there: a reader asks for a buffer's worth. */
        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            var read = read();
            if (read < 0) {
                return -1;
            }
            bytes[offset] = (byte) read;
            return 1;
        }

        private String line() throws IOException {
            if (System.nanoTime() - begun > WAIT_NANOS) {
                throw new EOFException("nothing but heartbeats");
            }
            var line = new StringBuilder();
            for (var c = in.read(); c != '\n'; c = in.read()) {
                if (c < 0) {
                    throw new EOFException("a chunk is cut off");
                }
                line.append((char) c);
            }
            return line.toString().strip();
        }
    }

    @Test
    void events_come_in_order_with_their_numbers_as_they_happen() throws IOException {
        emit(5);
        try (var stream = new Stream("")) {
            assertThat(stream.head)
                    .contains("Content-Type: text/event-stream\r\n")
                    .contains("Perilune-Index: ");
            var first = emit(2);
            var second = emit(1);

            var events = stream.next(3);

            assertThat(events.get(0))
                    .matches("emit " + first + "\\.1 \\{\"index\":" + first
                            + ",\"seq\":1,\"type\":\"tick\",\"time\":\\d+,\"payload\":\\{\"i\":1\\}\\}");
            assertThat(events.get(1)).startsWith("emit " + first + ".2 ");
            assertThat(events.get(2)).startsWith("emit " + second + ".1 ");
        }
    }

    @Test
    void a_stream_resumes_behind_what_was_seen() throws IOException {
        var first = emit(3);
        var second = emit(2);

        try (var oldest = new Stream("?after=0");
                var behindEntry = new Stream("?after=" + first);
                var behindEvent = new Stream("?after=" + first + ".2");
                var reconnected = new Stream("?after=0", "Last-Event-ID: " + second + ".1\r\n")) {
            assertThat(oldest.next(5))
                    .extracting(event -> event.split(" ")[1])
                    .containsExactly(first + ".1", first + ".2", first + ".3", second + ".1", second + ".2");
            assertThat(behindEntry.next()).startsWith("emit " + second + ".1 ");
            assertThat(behindEvent.next()).startsWith("emit " + first + ".3 ");
            assertThat(reconnected.next()).startsWith("emit " + second + ".2 ");
        }
    }

    @Test
    void changes_of_keys_come_too_where_they_are_asked_for() throws IOException {
        try (var stream = new Stream("?changes=true")) {
            var first = emit(1);
            var second = index(api.post("/v1/machines/m/commands/put", "{\"key\":\"k\",\"value\":1,\"ttl\":1}"));

            assertThat(stream.next(3))
                    .satisfiesExactly(
                            event -> assertThat(event).startsWith("emit " + first + ".1 "),
                            event -> assertThat(event)
                                    .matches("change " + first + "\\.2 .*\"key\":\"last\",\"new\":1\\}"),
                            event -> assertThat(event)
                                    .matches("change " + second + "\\.1 .*\"key\":\"k\",\"new\":1\\}"));
        }
    }

    @Test
    void what_is_not_kept_is_gone_and_nonsense_is_refused() throws IOException {
        var first = emit(1);
        emit(1);
        api.send("PATCH", "/v1/machines/m", "application/json", "{\"history\":{\"bytes\":1}}".getBytes(UTF_8));

        var gone = api.get("/v1/machines/m/events?after=" + (first - 1));
        assertThat(gone.status()).as(gone.body()).isEqualTo(410);
        assertThat(gone.json().path("code").asText()).isEqualTo("not-retained");
        assertThat(api.get("/v1/machines/m/events?after=x").status()).isEqualTo(400);
        assertThat(api.get("/v1/machines/m/events?after=1.2.3").status()).isEqualTo(400);
        assertThat(api.get("/v1/machines/m/events?since=1").status()).isEqualTo(400);
        assertThat(api.send("GET", "/v1/machines/m/events", "", new byte[0], "Last-Event-ID: -1")
                        .status())
                .isEqualTo(400);
        assertThat(api.get("/v1/machines/x/events").status()).isEqualTo(404);
    }

    /** It reads nothing while more happens than the history keeps. */
    @Test
    void a_slow_client_is_told_of_its_gap_and_dropped() throws IOException {
        api.send("PATCH", "/v1/machines/m", "application/json", "{\"history\":{\"bytes\":1000000}}".getBytes(UTF_8));
        try (var socket = api.connect()) {
            socket.getOutputStream()
                    .write("GET /v1/machines/m/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                            .getBytes(UTF_8));
            readTo(socket, "events of m");
            // More than buffers of sockets hold.
            for (var i = 0; i < 100; i++) {
                index(api.post("/v1/machines/m/commands/large", "10"));
            }

            var rest = new String(socket.getInputStream().readAllBytes(), UTF_8);

            var end = rest.substring(rest.lastIndexOf("event: "));
            assertThat(end).matches("event: gap\\ndata: \\{\"after\":\"[0-9.]+\",\"forgotten\":\\d+}\\n\\n");
        }
    }

    private static String readTo(Socket socket, String text) throws IOException {
        var read = new StringBuilder();
        while (read.indexOf(text) < 0) {
            var next = socket.getInputStream().read();
            assertThat(next).as("the end after %s", read).isNotNegative();
            read.append((char) next);
        }
        return read.toString();
    }

    @Test
    void the_cluster_has_events_too() throws IOException {
        try (var stream = new Stream("/v1/events", "?after=0", new String[0])) {
            assertThat(stream.next()).matches("state 1 .*\"was\":\"\",\"now\":\"leader\"}");
            assertThat(stream.next()).matches("leader 2 .*\"node\":1,.*\"was\":\"0\",\"now\":\"1\"}");
            api.node().follow(3);
            assertThat(stream.next()).matches("state 3 .*\"was\":\"leader\",\"now\":\"follower\"}");
            assertThat(stream.next()).matches("leader 4 .*\"was\":\"1\",\"now\":\"3\"}");
        }
        try (var resumed = new Stream("/v1/events", "", new String[] {"Last-Event-ID: 3\r\n"})) {
            assertThat(resumed.next()).startsWith("leader 4 ");
        }
        assertThat(api.get("/v1/events?after=-1").status()).isEqualTo(400);
    }

    @Test
    void a_stream_ends_with_its_machine_and_with_the_node() throws IOException {
        try (var stream = new Stream("")) {
            api.send("DELETE", "/v1/machines/m", "", new byte[0]);
            assertThat(stream.next()).isEqualTo("deleted {\"machine\":\"m\"}");
            assertThat(stream.next()).isNull();
        }
        api.send("PUT", "/v1/machines/m/script", "text/x-lua", EMITTER.getBytes(UTF_8));
        try (var stream = new Stream("")) {
            api.server().close();
            assertThat(stream.next()).isNull();
        }
    }

    @Test
    void many_streams_hold_no_threads_and_all_are_told() throws IOException, InterruptedException {
        var sockets = new ArrayList<Socket>();
        try {
            for (var i = 0; i < 500; i++) {
                var socket = api.connect();
                sockets.add(socket);
                socket.getOutputStream()
                        .write("GET /v1/machines/m/events HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(UTF_8));
            }
            for (var socket : sockets) {
                readTo(socket, "events of m");
            }
            var index = emit(1);
            var told = new CountDownLatch(sockets.size());
            for (var socket : sockets) {
                readTo(socket, "id: " + index + ".1\n");
                told.countDown();
            }
            told.await();
            assertThat(api.get("/metrics").body()).contains("perilune_http_event_streams 500.0");
        } finally {
            for (var socket : sockets) {
                socket.close();
            }
        }
        await().untilAsserted(() -> {
            emit(1);
            assertThat(api.get("/metrics").body()).contains("perilune_http_event_streams 0.0");
        });
    }

    @Test
    void whoever_asks_for_the_head_alone_gets_no_stream() throws IOException {
        assertThat(api.send("HEAD", "/v1/machines/m/events", "", new byte[0]).status())
                .isEqualTo(200);
        assertThat(api.get("/metrics").body()).contains("perilune_http_event_streams 0.0");
    }
}
