package io.perilune.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.perilune.engine.replication.Replication.Barrier;
import io.perilune.engine.replication.Replication.Reason;
import io.perilune.http.Fixture.Response;
import io.perilune.http.access.FailedAttempts;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may do what, over sockets. */
class AccessApiTest {
    private static final String SCRIPT = String.join(
            "\n",
            "function commands.pay(args) put('paid', args) emit('paid', args) return ctx.caller end",
            "function commands.refund(args) return 'no' end",
            "function queries.paid() return get('paid') end");

    private Fixture api;
    private String root = "";

    @BeforeEach
    void start() throws IOException {
        api = new Fixture(ApiOptions.Bounds.DEFAULT);
        for (var machine : List.of("bank", "vault")) {
            var path = "/v1/machines/" + machine + "/script";
            assertThat(api.send("PUT", path, "text/x-lua", SCRIPT.getBytes(UTF_8))
                            .status())
                    .isEqualTo(201);
        }
    }

    @AfterEach
    void stop() {
        api.close();
    }

    /** @return the header to show */
    private String token(String name, String scopes) throws IOException {
        var body = "{\"name\": \"" + name + "\", \"scopes\": [\"" + scopes.replace(" ", "\", \"") + "\"]}";
        var created = root.isEmpty() ? api.post("/v1/tokens", body) : api.post("/v1/tokens", body, root);
        assertThat(created.status()).as(created.body()).isEqualTo(201);
        assertThat(created.headers()).containsEntry("cache-control", "no-store");
        return "Authorization: Bearer " + created.json().path("token").textValue();
    }

    private void close() throws IOException {
        root = token("root", "admin");
    }

    private Response get(String path, String... headers) throws IOException {
        return api.send("GET", path, "", new byte[0], headers);
    }

    @Test
    void from_the_first_token_on_everybody_needs_one() throws IOException {
        assertThat(get("/v1/machines").status()).isEqualTo(200);
        close();
        var refused = get("/v1/machines");
        assertThat(refused.status()).isEqualTo(401);
        assertThat(refused.headers().get("www-authenticate")).startsWith("Bearer");
        assertThat(refused.json().path("code").textValue()).isEqualTo("unauthenticated");
        assertThat(get("/v1/machines", root).status()).isEqualTo(200);
    }

    @Test
    void a_node_that_has_just_started_serves_nobody_before_it_knows_whether_tokens_exist() throws IOException {
        try (var fresh = new Fixture(ApiOptions.Bounds.DEFAULT)) {
            // It says that it is ready, and may be behind all the same: only the others know.
            fresh.node().answerReads(new Barrier.Refused(Reason.NO_LEADER, "nobody leads"));
            assertThat(fresh.get("/readyz").status()).isEqualTo(200);
            // These ask nobody else, once it is known who asks.
            assertThat(fresh.get("/v1/cluster").status()).isEqualTo(503);
            assertThat(fresh.post("/v1/cluster/members", "{}").status()).isEqualTo(503);
            fresh.node().answerReads(null);
            assertThat(fresh.get("/v1/cluster").status()).isEqualTo(200);
            fresh.node().answerReads(new Barrier.Refused(Reason.NO_LEADER, "nobody leads"));
            assertThat(fresh.get("/v1/cluster").status()).isEqualTo(200);
        }
    }

    @Test
    void probes_and_the_description_are_for_everybody() throws IOException {
        close();
        for (var path : List.of("/healthz", "/readyz", "/openapi.yaml", "/")) {
            assertThat(get(path).status()).as(path).isEqualTo(200);
        }
        assertThat(get("/metrics").status()).isEqualTo(401);
    }

    @Test
    void the_first_token_is_an_admins() throws IOException {
        var refused = api.post("/v1/tokens", "{\"name\": \"reader\", \"scopes\": [\"read:bank\"]}");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.json().path("code").textValue()).isEqualTo("admin-needed");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Bearer plt_root.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "Bearer plt_nobody.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "Bearer",
                "Bearer ",
                "Bearer plt_root",
                "Basic cm9vdDpyb290",
                "plt_root.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            })
    void what_is_no_token_is_refused_without_saying_whose_it_might_be(String header) throws IOException {
        close();
        var refused = get("/v1/machines", "Authorization: " + header);
        assertThat(refused.status()).isEqualTo(401);
        assertThat(refused.body()).doesNotContain("root", "AAAA");
    }

    @Test
    void a_secret_is_shown_once() throws IOException {
        close();
        var list = get("/v1/tokens", root);
        assertThat(list.json().at("/items/0/name").textValue()).isEqualTo("root");
        assertThat(list.body()).doesNotContain("plt_", "hash", root.substring(root.indexOf('.') + 1));
    }

    @Test
    void a_revoked_token_is_worth_nothing_and_its_streams_end() throws IOException {
        close();
        var reader = token("reader", "read:bank");
        try (var socket = api.connect()) {
            var request = "GET /v1/machines/bank/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + reader
                    + "\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            var revoked = api.send("DELETE", "/v1/tokens/reader", "", new byte[0], root);
            assertThat(revoked.status()).isEqualTo(200);
            api.post("/v1/machines/bank/commands/pay", "{\"secret\": 1}", root);
            assertThat(Fixture.read(socket).body()).doesNotContain("secret");
        }
        assertThat(get("/v1/machines/bank", reader).status()).isEqualTo(401);
        assertThat(api.send("DELETE", "/v1/tokens/reader", "", new byte[0], root)
                        .status())
                .isEqualTo(404);
        assertThat(api.send("DELETE", "/v1/tokens/root", "", new byte[0], root).status())
                .isEqualTo(409);
    }

    @ParameterizedTest
    @CsvSource({
        // scope, method, path, body, allowed
        "call:bank/pay,     POST, /v1/machines/bank/commands/pay,     true",
        "call:bank/p*,      POST, /v1/machines/bank/commands/pay,     true",
        "call:bank/pay,     POST, /v1/machines/bank/commands/refund,  false",
        "call:bank/pay,     POST, /v1/machines/bank/commands,         false",
        "call:bank/pay,     POST, /v1/machines/vault/commands/pay,    false",
        "call:bank/pay,     GET,  /v1/machines/bank,                  false",
        "call:bank/pay,     GET,  /v1/machines/bank/queries/paid,     false",
        "call:bank/pay,     GET,  /v1/machines/bank/state,            false",
        "call:bank/pay,     GET,  /v1/machines/bank/commands/some-id, true",
        "call:bank/pay,     GET,  /v1/machines/vault/commands/some,   false",
        "read:bank,         GET,  /v1/machines/bank,                  true",
        "read:bank,         GET,  /v1/machines/bank/state,            true",
        "read:bank,         GET,  /v1/machines/bank/state/paid%2F..%2F..%2Fvault, true",
        "read:bank,         GET,  /v1/machines/bank/queries/paid,     true",
        "read:bank,         GET,  /v1/machines/bank/log,              true",
        "read:bank,         GET,  /v1/machines/bank/script,           true",
        "read:bank,         POST, /v1/machines/bank/commands/pay,     false",
        "read:bank,         POST, /v1/machines/bank/activate,         false",
        "read:bank,         GET,  /v1/machines/vault,                 false",
        "read:bank,         GET,  /v1/machines/vault/state,           false",
        "read:bank,         GET,  /v1/machines/bank%2F..%2Fvault,     false",
        "read:bank,         GET,  /v1/tokens,                         false",
        "read:bank,         GET,  /metrics,                           false",
        "read:bank,         GET,  /v1/cluster,                        true",
        "read:bank,         POST, /v1/cluster/snapshot,               false",
        "deploy:bank,       GET,  /v1/machines/bank/script,           true",
        "deploy:bank,       POST, /v1/machines/bank/commands/pay,     false",
        "deploy:bank,       DELETE, /v1/machines/vault,               false",
        "deploy:b*,         DELETE, /v1/machines/bank,                true",
        "metrics,           GET,  /metrics,                           true",
        "metrics,           GET,  /v1/machines/bank,                  false",
        "admin,             POST, /v1/machines/vault/commands/pay,    true",
        "admin,             GET,  /v1/tokens,                         true",
    })
    void a_scope_allows_what_it_says_and_no_more(String scope, String method, String path, boolean allowed)
            throws IOException {
        close();
        var token = token("t", scope);
        var answer =
                method.equals("POST") ? api.post(path, "{}", token) : api.send(method, path, "", new byte[0], token);
        if (allowed) {
            assertThat(answer.status()).as(answer.body()).isNotIn(401, 403);
        } else {
            assertThat(answer.status()).as(answer.body()).isEqualTo(403);
            assertThat(answer.json().path("code").textValue()).isEqualTo("forbidden");
        }
    }

    @Test
    void a_token_for_one_machine_does_not_learn_of_others() throws IOException {
        close();
        var reader = token("reader", "read:bank read:vaul");
        var list = get("/v1/machines", reader);
        assertThat(list.json().path("items")).hasSize(1);
        assertThat(list.body()).doesNotContain("vault");
        // What is there and what is not look the same.
        assertThat(get("/v1/machines/vault", reader).body().replace("vault", "attic"))
                .isEqualTo(get("/v1/machines/attic", reader).body());
        // Neither does a suggestion tell.
        assertThat(get("/v1/machines/vaul", root).body()).contains("vault");
        var suggestion = get("/v1/machines/vaul", reader);
        assertThat(suggestion.status()).isEqualTo(404);
        assertThat(suggestion.body()).doesNotContain("vault");
        assertThat(get("/v1/machines/vaul/queries/paid", reader).body()).doesNotContain("vault");
        var caller = token("caller", "call:vaul/*");
        assertThat(api.post("/v1/machines/vaul/commands/pay", "{}", caller).body())
                .doesNotContain("vault");
        var lines = api.send(
                "POST", "/v1/machines/vaul/commands/pay", "application/x-ndjson", "{}\n".getBytes(UTF_8), caller);
        assertThat(lines.body()).contains("no-such-machine").doesNotContain("vault");
    }

    @Test
    void idempotency_keys_are_the_callers_own() throws IOException {
        close();
        var one = token("one", "call:bank/*");
        var two = token("two", "call:bank/*");
        var key = "Idempotency-Key: k";
        var first = api.post("/v1/machines/bank/commands/pay", "{}", one, key);
        assertThat(first.json().path("result").textValue()).isEqualTo("one");
        var second = api.post("/v1/machines/bank/commands/pay", "{\"other\": true}", two, key);
        assertThat(second.json().path("result").textValue()).isEqualTo("two");
        assertThat(get("/v1/machines/bank/commands/k", two)
                        .json()
                        .path("result")
                        .textValue())
                .isEqualTo("two");
        assertThat(get("/v1/machines/bank/commands/k", root).json().path("fate").textValue())
                .isEqualTo("unknown");
    }

    @Test
    void whoever_tries_many_tokens_is_told_to_wait_and_those_with_valid_ones_are_not() throws IOException {
        close();
        var wrong = "Authorization: Bearer plt_root." + "A".repeat(43);
        for (var i = 0; i < FailedAttempts.ATTEMPTS_MAX; i++) {
            assertThat(get("/v1/machines", wrong).status()).isEqualTo(401);
        }
        var refused = get("/v1/machines", wrong);
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.headers()).containsEntry("retry-after", "10");
        assertThat(get("/v1/machines", root).status()).isEqualTo(200);
    }

    @Test
    void a_token_expires() throws IOException {
        close();
        var body = "{\"name\": \"brief\", \"scopes\": [\"metrics\"], \"ttl_ms\": 1}";
        var created = api.post("/v1/tokens", body, root);
        var brief = "Authorization: Bearer " + created.json().path("token").textValue();
        await().until(() -> get("/metrics", brief).status() == 401);
        assertThat(get("/metrics", brief).body()).contains("expired");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{}",
                "{\"name\": \"x\"}",
                "{\"name\": \"X\", \"scopes\": [\"admin\"]}",
                "{\"name\": \"x\", \"scopes\": []}",
                "{\"name\": \"x\", \"scopes\": \"admin\"}",
                "{\"name\": \"x\", \"scopes\": [1]}",
                "{\"name\": \"x\", \"scopes\": [\"root\"]}",
                "{\"name\": \"x\", \"scopes\": [\"admin\"], \"ttl_ms\": 0}",
                "{\"name\": \"x\", \"scopes\": [\"admin\"], \"ttl_ms\": 1.5}",
                "{\"name\": \"x\", \"scopes\": [\"admin\"], \"ttl_ms\": 1e300}",
                "{\"name\": \"x\", \"scopes\": [\"admin\"], \"secret\": \"mine\"}",
            })
    void a_token_that_is_not_well_formed_is_refused(String body) throws IOException {
        assertThat(api.post("/v1/tokens", body).status()).isEqualTo(400);
        assertThat(get("/v1/tokens").json().path("items")).isEmpty();
    }
}
