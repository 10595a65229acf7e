package io.perilune.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.perilune.engine.replication.Replication;
import io.perilune.engine.replication.Replication.Barrier;
import io.perilune.engine.replication.Replication.Proposal;
import io.perilune.engine.replication.Replication.Reason;
import io.perilune.scripting.Bytes;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The rows of the API that work on machines, over sockets, against a real engine. */
class MachinesApiTest {
    private static final String BANK = String.join(
            "\n",
            "function commands.open(args)",
            "  put('acct/' .. args.who, args.amount)",
            "  return args.amount",
            "end",
            "function commands.transfer(args)",
            "  local have = get('acct/' .. args.from) or 0",
            "  if have < args.amount then",
            "    error { code = 'INSUFFICIENT_FUNDS', message = 'not enough', details = { have = have }, status = 409 }",
            "  end",
            "  update('acct/' .. args.from, function(v) return v - args.amount end)",
            "  update('acct/' .. args.to, function(v) return (v or 0) + args.amount end)",
            "  emit('transferred', args)",
            "  return { balance = get('acct/' .. args.from) }",
            "end",
            "function commands.keep(args) put(args.key, args.value) return args.value end",
            "function commands.echo(args) return args end",
            "function commands.oops() local x = nil; return x.field end",
            "function commands.forever() while true do end end",
            "function commands.bytes() return '\\255\\254' end",
            "function queries.balance(args) return get('acct/' .. args.who) or 0 end",
            "function queries.sly() put('a', 1) end");

    private Fixture api;

    @BeforeEach
    void start() throws IOException {
        api = new Fixture(ApiOptions.Bounds.DEFAULT);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private Fixture.Response deploy(String source, String... headers) throws IOException {
        return api.send("PUT", "/v1/machines/bank/script", "text/x-lua", source.getBytes(UTF_8), headers);
    }

    private Fixture.Response command(String name, String body, String... headers) throws IOException {
        return api.post("/v1/machines/bank/commands/" + name, body, headers);
    }

    // ---- scripts

    @Test
    void an_upload_makes_a_machine_and_the_same_text_makes_no_other_version() throws IOException {
        var first = deploy(BANK);
        assertThat(first.status()).as(first.body()).isEqualTo(201);
        assertThat(first.json().path("machine").asText()).isEqualTo("bank");
        assertThat(first.json().path("version").asInt()).isEqualTo(1);
        assertThat(first.json().path("sha256").asText()).hasSize(64);
        assertThat(first.json().path("index").asInt()).isPositive();
        assertThat(deploy(BANK).status()).isEqualTo(200);

        var text = api.get("/v1/machines/bank/script");
        assertThat(text.body()).isEqualTo(BANK);
        assertThat(text.headers()).containsEntry("etag", "\"1\"").containsEntry("content-type", "text/x-lua");
        assertThat(api.send("GET", "/v1/machines/bank/script", "", new byte[0], "If-None-Match: \"1\"")
                        .status())
                .isEqualTo(304);
    }

    @Test
    void versions_are_listed_switched_and_guarded() throws IOException {
        deploy(BANK);
        var second = BANK + "\n-- second";
        assertThat(deploy(second, "If-Match: \"7\"").status()).isEqualTo(412);
        assertThat(deploy(second, "If-Match: \"1\"").status()).isEqualTo(201);
        var back = api.post("/v1/machines/bank/activate", "{\"version\":1}");
        assertThat(back.status()).as(back.body()).isEqualTo(200);
        var versions = api.get("/v1/machines/bank/versions").json().path("items");
        assertThat(versions).hasSize(2);
        assertThat(versions.get(0).path("active").asBoolean()).isTrue();
        assertThat(versions.get(1).path("active").asBoolean()).isFalse();
        var one = api.get("/v1/machines/bank/versions/2").json();
        assertThat(one.path("files").path("main.lua").asText()).isEqualTo(second);
        assertThat(api.get("/v1/machines/bank/versions/3").status()).isEqualTo(404);
        assertThat(api.post("/v1/machines/bank/activate", "{\"version\":9}")
                        .json()
                        .path("code")
                        .asText())
                .isEqualTo("no-such-version");
    }

    @Test
    void a_bundle_is_unpacked_and_given_back() throws IOException {
        var files = new TreeMap<>(Map.of(
                "main.lua",
                Bytes.utf8("local m = require 'money'\nfunction commands.two() return m.two end"),
                "money.lua",
                Bytes.utf8("return { two = 2 }")));
        var archive = Bundle.pack(files);
        var uploaded = api.send("PUT", "/v1/machines/bank/script", "application/zip", archive);
        assertThat(uploaded.status()).as(uploaded.body()).isEqualTo(201);
        assertThat(command("two", "").json().path("result").asInt()).isEqualTo(2);
        var back = api.get("/v1/machines/bank/script");
        assertThat(back.headers()).containsEntry("content-type", "application/zip");
    }

    @Test
    void a_script_that_does_not_compile_shows_where() throws IOException {
        var problem = deploy("function commands.x()\n  if\nend");
        assertThat(problem.status()).isEqualTo(422);
        assertThat(problem.json().path("code").asText()).isEqualTo("script-invalid");
        assertThat(problem.json().path("at").asText()).matches("bank\\.lua:[23]");
        assertThat(api.get("/v1/machines/bank").status()).isEqualTo(404);
    }

    @Test
    void a_dry_run_leaves_nothing_behind() throws IOException {
        var path = "/v1/machines/bank/script?dry_run=true";
        var tried = api.send("PUT", path, "text/x-lua", BANK.getBytes(UTF_8));
        assertThat(tried.status()).as(tried.body()).isEqualTo(200);
        assertThat(api.send("PUT", path, "text/x-lua", "nonsense".getBytes(UTF_8))
                        .status())
                .isEqualTo(422);
        assertThat(api.get("/v1/machines/bank").status()).isEqualTo(404);
    }

    // ---- commands

    @Test
    void a_command_is_answered_with_its_receipt() throws IOException {
        deploy(BANK);
        var answer = command("open", "{\"who\":\"ann\",\"amount\":100}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        var json = answer.json();
        assertThat(json.fieldNames())
                .toIterable()
                .containsExactly("result", "index", "term", "version", "gas", "writes", "events", "time");
        assertThat(json.path("result").asInt()).isEqualTo(100);
        assertThat(json.path("writes").asInt()).isEqualTo(1);
        assertThat(answer.headers().get("perilune-index"))
                .isEqualTo(json.path("index").asText());
        assertThat(answer.headers()).containsEntry("perilune-node", "1").containsEntry("perilune-leader", "1");
    }

    @Test
    void a_rejection_a_failure_and_a_crossed_limit_are_told_apart() throws IOException {
        deploy(BANK);
        var rejected = command("transfer", "{\"from\":\"ann\",\"to\":\"bob\",\"amount\":5}");
        assertThat(rejected.status()).isEqualTo(409);
        assertThat(rejected.json().path("code").asText()).isEqualTo("INSUFFICIENT_FUNDS");
        assertThat(rejected.json().path("details").path("have").asInt()).isZero();
        var failed = command("oops", "{}");
        assertThat(failed.status()).isEqualTo(422);
        assertThat(failed.json().path("code").asText()).isEqualTo("script-failed");
        assertThat(failed.json().path("at").asText()).startsWith("bank.lua:");
        var over = command("forever", "{}");
        assertThat(over.status()).isEqualTo(422);
        assertThat(over.json().path("details").path("which").asText()).isEqualTo("gas");
    }

    @Test
    void a_misspelt_command_machine_or_query_is_recognised() throws IOException {
        deploy(BANK);
        var command = command("tranfser", "{}");
        assertThat(command.status()).isEqualTo(404);
        assertThat(command.json().path("code").asText()).isEqualTo("no-such-command");
        assertThat(command.json().path("details").path("suggestion").asText()).isEqualTo("transfer");
        var machine = api.post("/v1/machines/bnak/commands/open", "{}");
        assertThat(machine.json().path("details").path("suggestion").asText()).isEqualTo("bank");
        var query = api.get("/v1/machines/bank/queries/balanse?who=ann");
        assertThat(query.status()).isEqualTo(404);
        assertThat(query.json().path("code").asText()).isEqualTo("no-such-query");
        assertThat(query.json().path("details").path("suggestion").asText()).isEqualTo("balance");
    }

    @Test
    void any_json_survives_the_way_through_lua() throws IOException {
        deploy(BANK);
        for (var json : List.of(
                "{\"a\":[],\"b\":{},\"c\":[null,1],\"d\":\"é😀\",\"e\":0.1,\"f\":-7,\"g\":true}",
                "9007199254740992",
                "\"\"",
                "[[[]]]",
                "null")) {
            assertThat(command("echo", json).json().path("result").toString()).isEqualTo(json);
        }
        assertThat(command("bytes", "").body()).contains("{\"result\":{\"$base64\":\"//4=\"}");
        assertThat(command("echo", "{\"$base64\":\"//4=\"}").body()).contains("{\"result\":{\"$base64\":\"//4=\"}");
    }

    @Test
    void a_command_sent_twice_under_one_key_happens_once() throws IOException {
        deploy(BANK);
        var body = "{\"who\":\"ann\",\"amount\":100}";
        var first = command("open", body, "Idempotency-Key: k1");
        assertThat(first.headers()).doesNotContainKey("idempotent-replayed");
        var again = command("open", body, "Idempotency-Key: k1");
        assertThat(again.headers()).containsEntry("idempotent-replayed", "true");
        assertThat(again.body()).isEqualTo(first.body());
        var other = command("open", "{\"who\":\"ann\",\"amount\":1}", "Idempotency-Key: k1");
        assertThat(other.status()).isEqualTo(422);
        assertThat(other.json().path("code").asText()).isEqualTo("idempotency-key-reused");
        var fate = api.get("/v1/machines/bank/commands/k1").json();
        assertThat(fate.path("fate").asText()).isEqualTo("applied");
        assertThat(fate.path("result").asInt()).isEqualTo(100);
        assertThat(api.get("/v1/machines/bank/commands/k2").json().path("fate").asText())
                .isEqualTo("unknown");
    }

    @Test
    void what_consensus_says_is_passed_on() throws IOException {
        deploy(BANK);
        api.node().answerProposals(new Proposal.NotProposed(Reason.NO_LEADER, "no leader in term 3"));
        var refused = command("echo", "1");
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.headers()).containsEntry("retry-after", "1");
        assertThat(refused.json().path("code").asText()).isEqualTo("no-leader");
        api.node().answerProposals(new Proposal.Unknown("leadership was lost"));
        var unknown = command("echo", "1");
        assertThat(unknown.status()).isEqualTo(504);
        assertThat(unknown.json().path("outcome").asText()).isEqualTo("unknown");
        api.node().answerReads(new Barrier.Refused(Reason.NO_LEADER, "no leader in term 3"));
        assertThat(api.get("/v1/machines/bank").status()).isEqualTo(503);
        assertThat(api.get("/v1/machines").status()).isEqualTo(503);
    }

    @Test
    void a_command_that_is_not_decided_in_time_is_unknown() throws IOException {
        deploy(BANK);
        api.node().hold();
        var answer = api.post("/v1/machines/bank/commands/echo?timeout=50", "1");
        assertThat(answer.status()).isEqualTo(504);
    }

    @Test
    void a_follower_names_the_leader_if_it_is_asked_to() throws IOException {
        deploy(BANK);
        assertThat(api.post("/v1/machines/bank/commands/echo?redirect=true", "1")
                        .status())
                .isEqualTo(200);
        api.node().follow(2);
        assertThat(command("echo", "1").status()).isEqualTo(200);
        var redirected = api.post("/v1/machines/bank/commands/echo?redirect=true&timeout=5", "1");
        assertThat(redirected.status()).isEqualTo(307);
        assertThat(redirected.headers())
                .containsEntry(
                        "location", "http://127.0.0.1:7072/v1/machines/bank/commands/echo?redirect=true&timeout=5");
    }

    // ---- many commands

    @Test
    void a_stream_answers_each_line_in_order_and_goes_on_after_bad_ones() throws IOException {
        deploy(BANK);
        var lines = stream("echo", "{\"n\":1}\n\nnope\n{\"n\":2}\r\n[9007199254740993]\n3");
        assertThat(lines).hasSize(5);
        assertThat(lines.get(0).path("result").path("n").asInt()).isEqualTo(1);
        assertThat(lines.get(1).path("status").asInt()).isEqualTo(400);
        assertThat(lines.get(1).path("line").asInt()).isEqualTo(2);
        assertThat(lines.get(2).path("result").path("n").asInt()).isEqualTo(2);
        assertThat(lines.get(3).path("code").asText()).isEqualTo("bad-json");
        assertThat(lines.get(4).path("result").asInt()).isEqualTo(3);
    }

    @Test
    void a_long_stream_comes_out_whole() throws IOException {
        deploy(BANK);
        var count = 20_000;
        var body = new StringBuilder();
        IntStream.rangeClosed(1, count).forEach(n -> body.append(n).append('\n'));
        var lines = stream("echo", body.toString());
        assertThat(lines).hasSize(count);
        var index = 0L;
        for (var n = 1; n <= count; n++) {
            assertThat(lines.get(n - 1).path("result").asInt()).isEqualTo(n);
            assertThat(lines.get(n - 1).path("index").asLong()).isGreaterThan(index);
            index = lines.get(n - 1).path("index").asLong();
        }
    }

    @Test
    void a_line_over_its_size_is_refused_and_the_next_one_taken() throws IOException {
        deploy(BANK);
        var lines = stream("echo", "1\n\"" + "x".repeat(1 << 20) + "\"\n2\n");
        assertThat(lines).hasSize(3);
        assertThat(lines.get(1).path("status").asInt()).isEqualTo(413);
        assertThat(lines.get(2).path("result").asInt()).isEqualTo(2);
    }

    @Test
    void a_window_of_lines_is_under_way_and_the_rest_waits_in_the_socket() throws Exception {
        deploy(BANK);
        // As long as it is not known what commands cost, only a few are under way.
        stream("echo", "1\n".repeat(500));
        api.node().hold();
        var count = 50_000;
        var body = "1\n".repeat(count).getBytes(UTF_8);
        try (var socket = api.connect()) {
            var sent = CompletableFuture.runAsync(() -> send(socket, streamHead("echo", body.length), body));
            await().until(() -> api.node().held() == ApiOptions.Bounds.DEFAULT.streamLines());
            assertThat(api.get("/healthz").status()).isEqualTo(200);
            assertThat(api.node().held()).isEqualTo(ApiOptions.Bounds.DEFAULT.streamLines());
            api.node().release();
            assertThat(Fixture.read(socket).body().lines()).hasSize(count);
            sent.join();
        }
    }

    @Test
    void a_key_on_a_stream_stands_for_one_on_each_line() throws IOException {
        deploy(BANK);
        var body = "1\n2\n";
        var first = stream("echo", body, "Idempotency-Key: batch");
        assertThat(stream("echo", body, "Idempotency-Key: batch")).isEqualTo(first);
        var fate = api.get("/v1/machines/bank/commands/batch%2F2").json();
        assertThat(fate.path("result").asInt()).isEqualTo(2);
    }

    @Test
    void an_atomic_batch_is_all_or_nothing() throws IOException {
        deploy(BANK);
        var path = "/v1/machines/bank/commands/open?atomic=true";
        var good = "{\"who\":\"a\",\"amount\":1}\n{\"who\":\"b\",\"amount\":2}\n";
        var done = api.send("POST", path, "application/x-ndjson", good.getBytes(UTF_8));
        assertThat(done.status()).as(done.body()).isEqualTo(200);
        assertThat(done.body().lines()).hasSize(2);
        var bad = "{\"who\":\"c\",\"amount\":1}\n{\"who\":{},\"amount\":2}\n";
        var failed = api.send("POST", path, "application/x-ndjson", bad.getBytes(UTF_8));
        assertThat(failed.status()).isEqualTo(422);
        assertThat(failed.json().path("line").asInt()).isEqualTo(2);
        assertThat(api.get("/v1/machines/bank/state/acct%2Fc").status()).isEqualTo(404);
        var malformed = api.send("POST", path, "application/x-ndjson", "{}\n{\n".getBytes(UTF_8));
        assertThat(malformed.status()).isEqualTo(400);
        assertThat(malformed.json().path("line").asInt()).isEqualTo(2);
    }

    private List<JsonNode> stream(String name, String body, String... headers) throws IOException {
        var response = api.send(
                "POST", "/v1/machines/bank/commands/" + name, "application/x-ndjson", body.getBytes(UTF_8), headers);
        assertThat(response.status()).as(response.body()).isEqualTo(200);
        assertThat(response.headers()).containsEntry("content-type", "application/x-ndjson");
        return response.body().lines().map(MachinesApiTest::json).toList();
    }

    private static String streamHead(String name, int length) {
        return "POST /v1/machines/bank/commands/" + name + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                + "Content-Type: application/x-ndjson\r\nContent-Length: " + length + "\r\n\r\n";
    }

    private static void send(Socket socket, String head, byte[] body) {
        try {
            socket.getOutputStream().write(head.getBytes(ISO_8859_1));
            socket.getOutputStream().write(body);
        } catch (IOException cut) {
            throw new java.io.UncheckedIOException(cut);
        }
    }

    private static JsonNode json(String line) {
        try {
            return new ObjectMapper().readTree(line);
        } catch (IOException malformed) {
            throw new AssertionError("not JSON: " + line, malformed);
        }
    }

    // ---- reads

    @Test
    void a_query_takes_its_arguments_from_path_or_body() throws IOException {
        deploy(BANK);
        command("open", "{\"who\":\"ann b\",\"amount\":7}");
        var got = api.get("/v1/machines/bank/queries/balance?who=ann+b&consistency=local");
        assertThat(got.status()).as(got.body()).isEqualTo(200);
        assertThat(got.json().fieldNames()).toIterable().containsExactly("result", "index", "version", "gas");
        assertThat(got.json().path("result").asInt()).isEqualTo(7);
        var posted = api.post("/v1/machines/bank/queries/balance", "{\"who\":\"ann b\"}");
        assertThat(posted.json().path("result").asInt()).isEqualTo(7);
        assertThat(api.get("/v1/machines/bank/queries/sly").status()).isEqualTo(422);
    }

    @Test
    void state_queries_and_the_machine_itself_can_be_read_as_they_were_at_an_index() throws IOException {
        deploy(BANK);
        var then = command("open", "{\"who\":\"ann\",\"amount\":7}")
                .json()
                .path("index")
                .asLong();
        var hash = api.get("/v1/machines/bank").json().path("hash").asText();
        command("open", "{\"who\":\"ann\",\"amount\":12}");

        var query = api.get("/v1/machines/bank/queries/balance?who=ann&at_index=" + then);
        assertThat(query.json().path("result").asInt()).as(query.body()).isEqualTo(7);
        assertThat(query.json().path("index").asLong()).isEqualTo(then);
        var key = api.get("/v1/machines/bank/state/acct%2Fann?at_index=" + then);
        assertThat(key.json().path("value").asInt()).as(key.body()).isEqualTo(7);
        var machine = api.get("/v1/machines/bank?at_index=" + then);
        assertThat(machine.json().path("hash").asText()).as(machine.body()).isEqualTo(hash);
        assertThat(api.get("/v1/machines/bank/queries/balance?who=ann")
                        .json()
                        .path("result")
                        .asInt())
                .isEqualTo(12);
    }

    @Test
    void the_log_tells_what_each_command_did() throws IOException {
        deploy(BANK);
        command("open", "{\"who\":\"ann\",\"amount\":7}", "Idempotency-Key: k1");
        command("open", "{\"who\":\"ann\",\"amount\":7}", "Idempotency-Key: k1");
        command("open", "{\"who\":\"bob\",\"amount\":1}");
        var moved = command("transfer", "{\"from\":\"ann\",\"to\":\"bob\",\"amount\":5}");
        command("transfer", "{\"from\":\"ann\",\"to\":\"bob\",\"amount\":500}");
        command("oops", "null");

        var log = api.get("/v1/machines/bank/log");
        assertThat(log.status()).as(log.body()).isEqualTo(200);
        var items = log.json().path("items");
        assertThat(items.findValuesAsText("outcome"))
                .as(log.body())
                .containsExactly("applied", "applied", "applied", "rejected", "failed");
        assertThat(log.json().path("first")).isEqualTo(items.get(0).path("index"));
        assertThat(log.json().path("last")).isEqualTo(items.get(4).path("index"));
        assertThat(items.get(0).path("id").asText()).isEqualTo("k1");
        assertThat(items.get(3).path("problem").path("code").asText()).isEqualTo("INSUFFICIENT_FUNDS");
        assertThat(items.get(3).path("writes")).isEmpty();

        var entry = api.get(
                        "/v1/machines/bank/log/" + moved.json().path("index").asLong())
                .json();
        assertThat(entry).isEqualTo(items.get(2));
        assertThat(entry.path("name").asText()).isEqualTo("transfer");
        assertThat(entry.path("args").path("amount").asInt()).isEqualTo(5);
        assertThat(entry.path("result").path("balance").asInt()).isEqualTo(2);
        assertThat(entry.path("writes").get(0).toString()).isEqualTo("{\"key\":\"acct/ann\",\"old\":7,\"new\":2}");
        assertThat(entry.path("writes").get(1).toString()).isEqualTo("{\"key\":\"acct/bob\",\"old\":1,\"new\":6}");
        assertThat(entry.path("events").get(0).path("type").asText()).isEqualTo("transferred");
        assertThat(entry.path("gas")).isEqualTo(moved.json().path("gas"));
        assertThat(entry.path("hash").asText()).hasSize(64);
    }

    @Test
    void the_log_is_read_in_pages_and_says_what_it_has_not() throws IOException {
        deploy(BANK);
        for (var i = 0; i < 5; i++) {
            command("echo", "{\"i\":" + i + "}");
        }
        var all = api.get("/v1/machines/bank/log").json();
        var last = all.path("last").asLong();

        var newest = api.get("/v1/machines/bank/log?limit=2").json().path("items");
        assertThat(newest.findValuesAsText("i")).contains("3", "4").hasSize(4);
        var some = api.get("/v1/machines/bank/log?limit=2&from=" + (last - 3))
                .json()
                .path("items");
        assertThat(some.findValuesAsText("i")).contains("1", "2").hasSize(4);
        var none = api.get("/v1/machines/bank/log/" + (last + 7));
        assertThat(none.status()).as(none.body()).isEqualTo(404);
        assertThat(none.json().path("code").asText()).isEqualTo("no-such-entry");
        assertThat(api.get("/v1/machines/bank/log/1").status()).isEqualTo(404);
        assertThat(api.get("/v1/machines/bank/log/x").status()).isEqualTo(400);
    }

    @Test
    void an_atomic_batch_is_one_entry_of_the_log() throws IOException {
        deploy(BANK);
        api.send(
                "POST",
                "/v1/machines/bank/commands?atomic=true",
                "application/x-ndjson",
                ("{\"name\":\"echo\",\"args\":1}\n{\"name\":\"keep\",\"args\":{\"key\":\"a\",\"value\":2}}\n")
                        .getBytes(UTF_8));

        var entry = api.get("/v1/machines/bank/log").json().path("items").get(0);

        assertThat(entry.path("atomic").asBoolean()).as(entry.toString()).isTrue();
        assertThat(entry.path("calls").get(1).path("args").path("name").asText())
                .isEqualTo("keep");
        assertThat(entry.path("calls").findValuesAsText("outcome")).containsExactly("applied", "applied");
        assertThat(entry.path("writes").get(0).toString()).isEqualTo("{\"key\":\"a\",\"new\":2}");
    }

    @Test
    void a_past_that_is_not_kept_is_gone() throws IOException {
        deploy(BANK);
        var then = api.get("/v1/machines/bank").json().path("index").asLong();
        api.send("DELETE", "/v1/machines/bank", "", new byte[0]);
        deploy(BANK);

        var gone = api.get("/v1/machines/bank?at_index=" + then);
        assertThat(gone.status()).as(gone.body()).isEqualTo(410);
        assertThat(gone.json().path("code").asText()).isEqualTo("not-retained");
    }

    @Test
    void an_index_not_reached_in_time_is_worth_another_try() throws IOException {
        deploy(BANK);
        var late = api.get("/v1/machines/bank?min_index=1000000&timeout=20");
        assertThat(late.status()).isEqualTo(503);
        assertThat(late.json().path("code").asText()).isEqualTo("not-caught-up");
    }

    @Test
    void the_state_is_browsed_page_by_page_in_both_directions() throws IOException {
        deploy(BANK);
        for (var n = 0; n < 25; n++) {
            command("keep", "{\"key\":\"k/" + (char) ('a' + n) + "\",\"value\":" + n + "}");
        }
        command("keep", "{\"key\":\"other\",\"value\":null}");
        for (var reverse : List.of("", "&reverse=true")) {
            var seen = new StringBuilder();
            String cursor = null;
            do {
                var page = api.get("/v1/machines/bank/state?prefix=k/&limit=10" + reverse
                                + (cursor == null ? "" : "&cursor=" + cursor))
                        .json();
                page.path("items")
                        .forEach(item -> seen.append(item.path("key").asText().charAt(2)));
                cursor = page.path("cursor").textValue();
            } while (cursor != null);
            var letters = reverse.isEmpty() ? seen.toString() : seen.reverse().toString();
            assertThat(letters).isEqualTo("abcdefghijklmnopqrstuvwxy");
        }
        var part = api.get("/v1/machines/bank/state?from=k/c&to=k/e").json().path("items");
        assertThat(part).hasSize(2);
    }

    @Test
    void one_key_is_read_however_it_is_written_in_the_path() throws IOException {
        deploy(BANK);
        command("keep", "{\"key\":\"a/é?\",\"value\":{\"x\":[1]}}");
        for (var path : List.of("a%2F%C3%A9%3F", "a/%c3%a9%3f")) {
            var item = api.get("/v1/machines/bank/state/" + path);
            assertThat(item.status()).as(item.body()).isEqualTo(200);
            assertThat(item.json().path("key").asText()).isEqualTo("a/é?");
            assertThat(item.json().path("value").toString()).isEqualTo("{\"x\":[1]}");
        }
        command("keep", "{\"key\":{\"$base64\":\"//4=\"},\"value\":1}");
        assertThat(api.get("/v1/machines/bank/state/%FF%FE")
                        .json()
                        .path("key")
                        .path("$base64")
                        .asText())
                .isEqualTo("//4=");
        assertThat(api.get("/v1/machines/bank/state/" + "k".repeat(1_025))
                        .json()
                        .path("code")
                        .asText())
                .isEqualTo("bad-name");
    }

    // ---- machines

    @Test
    void a_machine_describes_itself_takes_limits_and_goes() throws IOException {
        deploy(BANK);
        command("open", "{\"who\":\"ann\",\"amount\":1}");
        var info = api.get("/v1/machines/bank").json();
        assertThat(info.path("version").asInt()).isEqualTo(1);
        assertThat(info.path("keys").asInt()).isEqualTo(1);
        assertThat(info.path("hash").asText()).isNotBlank();
        assertThat(info.path("limits").path("gas").asInt()).isEqualTo(5_000_000);
        assertThat(api.get("/v1/machines")
                        .json()
                        .path("items")
                        .get(0)
                        .path("machine")
                        .asText())
                .isEqualTo("bank");
        var patched = api.send(
                "PATCH", "/v1/machines/bank", "application/json", "{\"limits\":{\"gas\":1000}}".getBytes(UTF_8));
        assertThat(patched.status()).as(patched.body()).isEqualTo(200);
        var limits = api.get("/v1/machines/bank").json().path("limits");
        assertThat(limits.path("gas").asInt()).isEqualTo(1_000);
        assertThat(limits.path("depth").asInt()).isEqualTo(5_000);
        assertThat(api.send("DELETE", "/v1/machines/bank", "", new byte[0]).status())
                .isEqualTo(200);
        assertThat(api.get("/v1/machines/bank").status()).isEqualTo(404);
    }

    // ---- the node

    @Test
    void the_node_tells_how_it_is() throws IOException {
        deploy(BANK);
        command("echo", "1");
        command("oops", "1");
        assertThat(api.get("/healthz").status()).isEqualTo(200);
        assertThat(api.get("/readyz").json().path("ready").asBoolean()).isTrue();
        var cluster = api.get("/v1/cluster").json();
        assertThat(cluster.path("leader").asInt()).isEqualTo(1);
        assertThat(cluster.path("members")).hasSize(2);
        assertThat(api.get("/metrics").body())
                .contains(
                        "perilune_commands_seconds_count{outcome=\"done\"} 1",
                        "perilune_commands_seconds_count{outcome=\"failed\"} 1",
                        "perilune_http_requests_seconds_count{method=\"PUT\",status=\"201\"} 1",
                        "perilune_raft_term 1.0",
                        "perilune_machines 1.0",
                        "jvm_memory_used_bytes",
                        "jvm_threads_live_threads");
        assertThat(api.get("/").json().path("endpoints")).hasSizeGreaterThan(15);
        api.node().follow(0);
        var unready = api.get("/readyz");
        assertThat(unready.status()).isEqualTo(503);
        assertThat(unready.json().path("reasons").get(0).asText()).contains("no leader");
    }

    @Test
    void leadership_moves_on_request() throws IOException {
        assertThat(api.post("/v1/cluster/leader", "{\"id\":2}")
                        .json()
                        .path("leader")
                        .asInt())
                .isEqualTo(2);
    }

    @Test
    void a_snapshot_is_taken_on_request() throws IOException {
        var taken = api.post("/v1/cluster/snapshot", "").json();
        assertThat(taken.path("index").asInt()).isEqualTo(7);
        assertThat(taken.path("node").asInt()).isEqualTo(1);
        api.node().answerSnapshots(new Replication.SnapshotTaking.NotTaken("one is being written"));
        var busy = api.post("/v1/cluster/snapshot", "");
        assertThat(busy.status()).isEqualTo(503);
        assertThat(busy.json().path("code").asText()).isEqualTo("snapshot-not-taken");
        assertThat(busy.json().path("detail").asText()).isEqualTo("one is being written");
        api.node().answerSnapshots(null);
        var late = api.post("/v1/cluster/snapshot?timeout=1", "");
        assertThat(late.status()).isEqualTo(504);
        assertThat(late.json().path("outcome").asText()).isEqualTo("unknown");
    }

    @Test
    void one_connection_carries_many_requests() throws IOException {
        deploy(BANK);
        var request = "POST /v1/machines/bank/commands/echo HTTP/1.1\r\nHost: a\r\n"
                + "Content-Type: application/json\r\nContent-Length: 1\r\n\r\n";
        try (var socket = api.connect()) {
            var all = new StringBuilder();
            for (var n = 0; n < 9; n++) {
                all.append(request).append(n);
            }
            all.append(request.replace("Host: a", "Host: a\r\nConnection: close"))
                    .append(9);
            socket.getOutputStream().write(all.toString().getBytes(UTF_8));
            var text = new String(socket.getInputStream().readAllBytes(), UTF_8);
            assertThat(text.split("HTTP/1.1 200", -1)).hasSize(11);
            for (var n = 0; n < 10; n++) {
                assertThat(text).contains("{\"result\":" + n + ",");
            }
        }
    }

    @Test
    void a_client_that_waits_to_be_told_to_go_on_is_told_so_and_gets_all_its_answers() throws IOException {
        deploy(BANK);
        try (var socket = api.connect()) {
            var head = "POST /v1/machines/bank/commands/echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    + "Content-Type: application/x-ndjson\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(ISO_8859_1));
            var told = new String(socket.getInputStream().readNBytes(25), ISO_8859_1);
            assertThat(told).startsWith("HTTP/1.1 100 Continue\r\n\r\n");
            socket.getOutputStream().write("1\n2\n".getBytes(UTF_8));
            assertThat(Fixture.read(socket).body().lines()).hasSize(2);
        }
    }
}
