package io.perilune.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.perilune.engine.Archive;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Archives out of one node and into another, over sockets. */
class BackupApiTest {
    private static final String SCRIPT = String.join(
            "\n",
            "function commands.put(args) put(args.key, args.value) return ctx.index end",
            "function commands.fill(args) for i = 1, 100 do put(args.key .. i, ('x'):rep(10000)) end end",
            "function commands.later() schedule(now() + 3600000, 'put', { key = 'late', value = 1 }, 'late') end");

    private Fixture api;
    private Fixture other;

    @BeforeEach
    void start() throws IOException {
        api = new Fixture(ApiOptions.Bounds.DEFAULT);
        other = new Fixture(ApiOptions.Bounds.DEFAULT);
        for (var name : List.of("one", "two")) {
            api.send("PUT", "/v1/machines/" + name + "/script", "text/x-lua", SCRIPT.getBytes(UTF_8));
        }
        api.post(
                "/v1/machines/one/commands/put",
                "{\"key\": \"a\", \"value\": {\"b\": [1, null]}}",
                "Idempotency-Key: k");
        for (var i = 0; i < 5; i++) {
            api.post("/v1/machines/two/commands/fill", "{\"key\": \"k" + i + "-\"}");
        }
        api.post("/v1/machines/two/commands/later", "{}");
    }

    @AfterEach
    void stop() {
        api.close();
        other.close();
    }

    private record Fetched(int status, Map<String, String> headers, byte[] body) {}

    private Fetched fetch(String... headers) throws IOException {
        try (var socket = api.connect()) {
            var request = "GET /v1/backup HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    + String.join(
                            "",
                            Arrays.stream(headers).map(line -> line + "\r\n").toList()) + "\r\n";
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            var all = new ByteArrayOutputStream();
            socket.getInputStream().transferTo(all);
            var bytes = all.toByteArray();
            var text = new String(bytes, ISO_8859_1);
            var end = text.indexOf("\r\n\r\n");
            var named = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
            for (var line : text.substring(0, end).split("\r\n")) {
                var colon = line.indexOf(": ");
                if (colon > 0) {
                    named.put(line.substring(0, colon), line.substring(colon + 2));
                }
            }
            return new Fetched(
                    Integer.parseInt(text.substring(9, 12)), named, Arrays.copyOfRange(bytes, end + 4, bytes.length));
        }
    }

    private Fixture.Response restore(byte[] archive) throws IOException {
        return other.send("PUT", "/v1/restore", "application/octet-stream", archive);
    }

    @Test
    void what_was_archived_goes_on_in_an_empty_cluster() throws IOException {
        var backup = fetch();
        assertThat(backup.status()).isEqualTo(200);
        assertThat(backup.headers()).containsEntry("Content-Length", "" + backup.body().length);
        assertThat(backup.headers().get("Content-Disposition")).contains("perilune-", ".backup");
        assertThat(Archive.read(new ByteArrayInputStream(backup.body())).keys()).isEqualTo(501);
        assertThat(backup.body().length).isGreaterThan(4 << 20);

        var restored = restore(backup.body());
        assertThat(restored.status()).as(restored.body()).isEqualTo(200);
        assertThat(restored.json().path("keys").asInt()).isEqualTo(501);
        assertThat(other.get("/v1/machines/one/state/a").json().path("value")).hasToString("{\"b\":[1,null]}");
        for (var machine : List.of("one", "two")) {
            assertThat(other.get("/v1/machines/" + machine).json().path("hash"))
                    .isEqualTo(api.get("/v1/machines/" + machine).json().path("hash"));
        }
        var again = other.post(
                "/v1/machines/one/commands/put",
                "{\"key\": \"a\", \"value\": {\"b\": [1, null]}}",
                "Idempotency-Key: k");
        assertThat(again.headers()).containsEntry("idempotent-replayed", "true");
        assertThat(other.post("/v1/machines/one/commands/put", "{\"key\": \"n\", \"value\": 1}")
                        .status())
                .isEqualTo(200);
        assertThat(other.get("/v1/machines/one/log").json().path("items")).hasSize(1);
    }

    @Test
    void a_download_that_broke_off_goes_on_where_it_was() throws IOException {
        var backup = fetch();
        var tag = backup.headers().get("ETag");
        var half = backup.body().length / 2;
        var rest = fetch("Range: bytes=" + half + "-", "If-Range: " + tag);
        assertThat(rest.status()).isEqualTo(206);
        assertThat(rest.headers())
                .containsEntry(
                        "Content-Range",
                        "bytes " + half + "-" + (backup.body().length - 1) + "/" + backup.body().length);
        assertThat(rest.body()).isEqualTo(Arrays.copyOfRange(backup.body(), half, backup.body().length));
        assertThat(fetch("Range: bytes=10-19", "If-Range: " + tag).body())
                .isEqualTo(Arrays.copyOfRange(backup.body(), 10, 20));
        assertThat(fetch("Range: bytes=" + backup.body().length + "-", "If-Range: " + tag)
                        .status())
                .isEqualTo(416);
        // Of another archive, or in a form that is not understood: all of it.
        assertThat(fetch("Range: bytes=5-").status()).isEqualTo(200);
        var tagNow = fetch().headers().get("ETag");
        assertThat(fetch("Range: lines=5-", "If-Range: " + tagNow).status()).isEqualTo(200);
        assertThat(fetch("Range: bytes=5-", "If-Range: " + tag).status()).isEqualTo(200);
    }

    @Test
    void nothing_is_restored_over_what_is_there_nor_from_what_is_damaged() throws IOException {
        var backup = fetch().body();
        var damaged = backup.clone();
        damaged[backup.length / 2] ^= 4;
        assertThat(restore(damaged).json().path("code").textValue()).isEqualTo("archive-damaged");
        assertThat(restore(Arrays.copyOf(backup, backup.length - 9)).status()).isEqualTo(422);
        assertThat(restore(new byte[0]).status()).isEqualTo(409);
        assertThat(restore("GET / HTTP/1.1".getBytes(UTF_8)).status()).isEqualTo(422);
        assertThat(other.get("/v1/machines").json().path("items")).isEmpty();
        assertThat(restore(backup).status()).isEqualTo(200);
        var refused = restore(backup);
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.json().path("code").textValue()).isEqualTo("not-empty");
    }

    @Test
    void an_upload_that_breaks_off_leaves_nothing_and_lets_the_next_one_in() throws IOException {
        var backup = fetch().body();
        try (var socket = other.connect()) {
            var head = "PUT /v1/restore HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + backup.length + "\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(ISO_8859_1));
            socket.getOutputStream().write(backup, 0, backup.length / 2);
            socket.getOutputStream().flush();
        }
        await().until(() -> {
            var answer = restore(backup);
            assertThat(answer.status()).as(answer.body()).isIn(200, 503, 409);
            return answer.status() == 200;
        });
    }
}
