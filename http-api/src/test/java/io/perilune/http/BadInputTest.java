package io.perilune.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever comes in, what goes out is an answer that says what was wrong. */
class BadInputTest {
    private static Fixture api;

    @BeforeAll
    static void start() throws IOException {
        api = new Fixture(ApiOptions.Bounds.DEFAULT);
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    @ParameterizedTest(name = "{0} {1} {2} {3}")
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                // bodies
                "POST | /v1/machines/m/commands | application/json | {by:2} | 400 | bad-json",
                "POST | /v1/machines/m/commands | application/json | {} {} | 400 | bad-json",
                "POST | /v1/machines/m/commands | application/json | [9007199254740993] | 400 | bad-json",
                "POST | /v1/machines/m/commands | application/json | {\"a\":1,\"a\":2} | 400 | bad-json",
                "POST | /v1/machines/m/queries/q | application/json | 1e999 | 400 | bad-json",
                "POST | /v1/machines/m/activate | application/json | {\"version\":\"6\"} | 400 | bad-body",
                "POST | /v1/machines/m/activate | application/json | {\"version\":1.5} | 400 | bad-body",
                "POST | /v1/machines/m/activate | application/json | {\"version\":6,\"x\":1} | 400 | bad-body",
                "PATCH | /v1/machines/m | application/json | {\"limits\":{\"gaz\":1}} | 400 | bad-body",
                "PATCH | /v1/machines/m | application/json | {\"limits\":{\"gas\":-1}} | 400 | bad-body",
                "PATCH | /v1/machines/m | application/json | {\"limits\":{\"depth\":1e10}} | 400 | bad-body",
                "PATCH | /v1/machines/m | application/json | {\"history\":{}} | 400 | bad-body",
                "PATCH | /v1/machines/m | application/json | [] | 400 | bad-body",
                "POST | /v1/cluster/leader | application/json | {\"id\":9} | 404 | no-such-member",
                "POST | /v1/cluster/leader | application/json | 2 | 400 | bad-body",
                "PUT | /v1/machines/m/script | application/zip | no zip | 400 | bad-bundle",
                // types
                "POST | /v1/machines/m/commands | text/plain | {} | 415 | unsupported-media-type",
                "POST | /v1/machines/m/commands | application/x-www-form-urlencoded | a=1 | 400 | bad-json",
                "POST | /v1/machines/m/commands | text/xml | <a/> | 415 | unsupported-media-type",
                "POST | /v1/machines/m/commands | application/json;charset=latin1 | {} | 415 | unsupported-media-type",
                "POST | /v1/machines/m/queries/q | application/x-ndjson | {} | 415 | unsupported-media-type",
                "PUT | /v1/machines/m/script | application/json | {} | 415 | unsupported-media-type",
                "POST | /v1/machines/m/commands?atomic=true | application/json | {} | 415 | unsupported-media-type",
                // names
                "POST | /v1/machines/M/commands | application/json | {} | 400 | bad-name",
                "POST | /v1/machines/../commands | application/json | {} | 400 | bad-name",
                "POST | /v1/machines/a%2Fb/commands | application/json | {} | 400 | bad-name",
                "POST | /v1/machines/m/commands/1x | application/json | {} | 400 | bad-name",
                "POST | /v1/machines/m/commands/a.b | application/json | {} | 400 | bad-name",
                "GET | /v1/machines/m/queries/a-b | - | - | 400 | bad-name",
                "GET | /v1/machines/m/versions/x | - | - | 400 | bad-name",
                "GET | /v1/machines/m/state/ | - | - | 400 | bad-name",
                // parameters
                "POST | /v1/machines/m/commands?timout=5 | application/json | {} | 400 | bad-parameter",
                "POST | /v1/machines/m/commands?timeout=0 | application/json | {} | 400 | bad-parameter",
                "POST | /v1/machines/m/commands?timeout=x | application/json | {} | 400 | bad-parameter",
                "POST | /v1/machines/m/commands?timeout=1&timeout=1 | application/json | {} | 400 | bad-parameter",
                "POST | /v1/machines/m/commands?atomic=maybe | application/x-ndjson | {} | 400 | bad-parameter",
                "GET | /v1/machines/m?consistency=strong | - | - | 400 | bad-parameter",
                "GET | /v1/machines/m?min_index=-1 | - | - | 400 | bad-parameter",
                "GET | /v1/machines/m/state?limit=0 | - | - | 400 | bad-parameter",
                "GET | /v1/machines/m/state?limit=1.5 | - | - | 400 | bad-parameter",
                "GET | /v1/machines/m/state?cursor=%21 | - | - | 400 | bad-parameter",
                "GET | /v1/cluster?x=1 | - | - | 400 | bad-parameter",
                // paths and methods
                "GET | /v1/machine | - | - | 404 | not-found",
                "GET | /v1/machines/ | - | - | 400 | bad-name",
                "GET | //v1/machines | - | - | 404 | not-found",
                "GET | /v1/../healthz | - | - | 404 | not-found",
                "PUT | /v1/machines/m/commands | application/json | {} | 405 | method-not-allowed",
                "DELETE | /healthz | - | - | 405 | method-not-allowed",
                "FROB | /healthz | - | - | 405 | method-not-allowed",
                // what is not there
                "POST | /v1/machines/m/commands | application/json | {} | 404 | no-such-machine",
                "GET | /v1/machines/m | - | - | 404 | no-such-machine",
                "GET | /v1/machines/m/state/k | - | - | 404 | no-such-machine",
                "GET | /v1/machines/m/queries/q | - | - | 404 | no-such-machine",
                "GET | /v1/machines/m/script | - | - | 404 | no-such-machine",
                "DELETE | /v1/machines/m | - | - | 404 | no-such-machine",
                // what this version does not have
                "GET | /v1/machines/m/log?limit=0 | - | - | 400 | bad-parameter",
                "POST | /v1/machines/m/rehearse | application/json | {} | 400 | bad-body",
                "POST | /v1/tokens | application/json | {} | 400 | bad-body",
                "GET | /v1/machines/m?at_index=0 | - | - | 400 | bad-parameter",
            })
    void each_has_its_status_and_code(String method, String path, String type, String body, int status, String code)
            throws IOException {
        var response =
                api.send(method, path, type == null ? "" : type, body == null ? new byte[0] : body.getBytes(UTF_8));
        assertThat(response.status()).as(response.body()).isEqualTo(status);
        assertThat(response.headers())
                .containsEntry("content-type", "application/problem+json")
                .containsEntry("x-content-type-options", "nosniff")
                .containsKeys("perilune-node", "perilune-leader", "perilune-term", "perilune-index");
        var problem = response.json();
        assertThat(problem.path("code").asText()).isEqualTo(code);
        assertThat(problem.path("type").asText()).endsWith(code);
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        assertThat(problem.path("detail").asText()).isNotBlank();
        assertThat(problem.path("title").asText()).isNotBlank();
        assertThat(response.headers().containsKey("allow")).isEqualTo(status == 405);
    }

    @Test
    void a_misspelt_parameter_is_recognised() throws IOException {
        var problem = api.post("/v1/machines/m/commands?timout=5", "{}").json();
        assertThat(problem.path("details").path("suggestion").asText()).isEqualTo("timeout");
    }

    @Test
    void bytes_that_are_no_text_are_refused() throws IOException {
        var response =
                api.send("POST", "/v1/machines/m/commands", "application/json", new byte[] {'"', (byte) 0xff, '"'});
        assertThat(response.status()).isEqualTo(400);
        assertThat(response.json().path("detail").asText()).contains("UTF-8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "é", "a\tb"})
    void an_idempotency_key_is_printable(String key) throws IOException {
        var response = api.post("/v1/machines/m/commands", "{}", "Idempotency-Key: " + key);
        assertThat(response.status()).isEqualTo(400);
    }

    @Test
    void an_idempotency_key_is_not_a_novel() throws IOException {
        var response = api.post("/v1/machines/m/commands", "{}", "Idempotency-Key: " + "k".repeat(129));
        assertThat(response.json().path("code").asText()).isEqualTo("bad-header");
    }

    @Test
    void a_body_of_ten_megabytes_is_answered_while_it_is_being_sent() throws IOException {
        var response = api.send("POST", "/v1/machines/m/commands", "application/json", new byte[10_000_000]);
        assertThat(response.status()).isEqualTo(413);
        assertThat(response.json().path("details").path("limit").asInt()).isEqualTo(1 << 20);
    }

    @Test
    void a_body_of_ten_megabytes_that_does_not_say_so_is_answered_too() throws IOException {
        var head = "POST /v1/machines/m/commands HTTP/1.1\r\nHost: localhost\r\n"
                + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
        var chunk = "10000\r\n" + "x".repeat(0x10000) + "\r\n";
        var response = api.raw(head.getBytes(UTF_8), chunk.repeat(160).getBytes(UTF_8), "0\r\n\r\n".getBytes(UTF_8));
        assertThat(response.status()).isEqualTo(413);
    }

    @Test
    void a_script_over_its_size_is_named_as_such() throws IOException {
        var response = api.send("PUT", "/v1/machines/m/script", "text/x-lua", new byte[(1 << 20) + 1]);
        assertThat(response.status()).isEqualTo(413);
        assertThat(response.json().path("details").path("which").asText()).isEqualTo("script");
    }

    @Test
    void a_body_just_within_its_size_is_read() throws IOException {
        var body = "\"" + "x".repeat((1 << 20) - 2) + "\"";
        assertThat(api.post("/v1/machines/m/commands", body).status()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /healthz HTTP/1.1\r\n\r\n",
                "GET /healthz HTTP/1.1\r\nHost : localhost\r\n\r\n",
                "POST /v1/machines HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST /v1/machines HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
                "POST /v1/machines HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\nabcd",
                "POST /v1/machines HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc",
                "POST /v1/machines HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc",
                "POST /v1/machines HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\nabc",
                "POST /v1/machines HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
                "POST /v1/machines HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
                "POST /v1/machines HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                "GET /healthz HTTP/1.1\r\nHost: a\r\nX: y\u0000z\r\n\r\n",
                "GET /v1/machines/m/state/%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc",
                "\r\n\r\n\r\nGARBAGE\r\n\r\n"
            })
    void what_is_not_http_is_a_bad_request(String request) throws IOException {
        assertThat(api.raw(request.getBytes(ISO_8859_1)).status()).isEqualTo(400);
    }

    @Test
    void names_of_strangers_and_pages_of_strangers_are_turned_away() throws IOException {
        var foreign = "GET /healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
        assertThat(api.raw(foreign.getBytes(UTF_8)).json().path("code").asText())
                .isEqualTo("foreign-host");
        assertThat(api.post("/v1/machines/m/commands", "{}", "Origin: http://evil.example")
                        .status())
                .isEqualTo(403);
        assertThat(api.post("/v1/machines/m/commands", "{}", "Origin: http://localhost")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void noise_never_makes_it_fail_or_hang() throws IOException {
        var seed = 77L;
        var random = new Random(seed);
        var fragments = new String[] {
            "GET ",
            "POST ",
            "PUT ",
            "/v1/machines/",
            "m",
            "/commands",
            "/state/",
            "?limit=",
            "%",
            "%41",
            "&",
            "=",
            "..",
            " HTTP/1.1\r\n",
            "Host: a\r\n",
            "Content-Length: 2\r\n",
            "Content-Type: application/json\r\n",
            "Transfer-Encoding: chunked\r\n",
            "\r\n",
            "{}",
            "[",
            "\"",
            "5\r\n",
            "0\r\n\r\n",
            "\u0000",
            "é",
            "Expect: 100-continue\r\n"
        };
        for (var round = 0; round < 300; round++) {
            var request = new StringBuilder();
            for (var i = random.nextInt(14); i >= 0; i--) {
                request.append(fragments[random.nextInt(fragments.length)]);
            }
            try (var socket = api.connect()) {
                socket.getOutputStream().write(request.toString().getBytes(ISO_8859_1));
                socket.shutdownOutput();
                var response = Fixture.read(socket);
                assertThat(response.status()).as("seed %d: %s", seed, request).isNotEqualTo(500);
                assertThat(response.body()).doesNotContain("\tat ", "Exception");
            } catch (java.net.SocketException reset) {
                // A connection may be cut for noise; the node may not.
                assertThat(reset).isNotNull();
            }
        }
        assertThat(api.get("/healthz").status()).isEqualTo(200);
    }
}
