package io.perilune.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The log of a machine, looked into: traces, rehearsals, and how much is kept. */
class PastApiTest {
    private static final String COUNTER = """
            function commands.add(by)
              local n = (get("n") or 0) + by
              if n > 100 then
                fail("FULL", "too much")
              end
              put("n", n)
              emit("added", { by = by })
              return n
            end
            """;

    private Fixture api;

    @BeforeEach
    void start() throws IOException {
        api = new Fixture(ApiOptions.Bounds.DEFAULT);
        upload(COUNTER, "");
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private Fixture.Response upload(String source, String query) throws IOException {
        return api.send("PUT", "/v1/machines/m/script" + query, "text/x-lua", source.getBytes(UTF_8));
    }

    private long add(int by) throws IOException {
        return api.post("/v1/machines/m/commands/add", "" + by)
                .json()
                .path("index")
                .asLong();
    }

    private Fixture.Response rehearse(String script, int last) throws IOException {
        var body = JsonNodeFactory.instance.objectNode().put("script", script).put("last", last);
        return api.post("/v1/machines/m/rehearse", body.toString());
    }

    private static List<String> parts(JsonNode differences) {
        var parts = new ArrayList<String>();
        differences.forEach(
                each -> parts.add(each.path("what").asText() + " " + each.path("was") + " " + each.path("now")));
        return parts;
    }

    @Test
    void a_trace_tells_lines_locals_and_calls_of_the_host() throws IOException {
        add(3);
        var index = add(4);
        add(5);

        var trace = api.get("/v1/machines/m/log/" + index + "/trace");

        assertThat(trace.status()).as(trace.body()).isEqualTo(200);
        var steps = trace.json().path("steps");
        assertThat(trace.json().path("index").asLong()).isEqualTo(index);
        assertThat(trace.json().path("faithful").asBoolean()).isTrue();
        assertThat(trace.json().has("cut")).isFalse();
        assertThat(steps.findValuesAsText("line")).containsExactly("2", "3", "6", "7", "8");
        assertThat(steps.get(0).toString())
                .isEqualTo("{\"line\":2,\"at\":\"m.lua:2\",\"locals\":{\"by\":4},"
                        + "\"call\":{\"name\":\"get\",\"args\":[\"n\"],\"result\":3}}");
        assertThat(steps.get(4).path("locals").toString()).isEqualTo("{\"by\":4,\"n\":7}");
    }

    @Test
    void what_is_no_command_has_no_trace() throws IOException {
        var deployed = api.get("/v1/machines/m").json().path("index").asLong();

        var none = api.get("/v1/machines/m/log/" + deployed + "/trace");

        assertThat(none.status()).as(none.body()).isEqualTo(404);
        assertThat(none.json().path("code").asText()).isEqualTo("no-such-entry");
        assertThat(api.get("/v1/machines/x/log/1/trace").json().path("code").asText())
                .isEqualTo("no-such-machine");
    }

    @Test
    void a_rehearsal_tells_every_difference() throws IOException {
        add(60);
        add(30);
        var index = add(20);

        var same = rehearse(COUNTER + "\n-- no other", 1_000);
        assertThat(same.status()).as(same.body()).isEqualTo(200);
        assertThat(same.json().toString()).isEqualTo("{\"commands\":3,\"same\":3,\"differences\":[]}");

        var other = rehearse(COUNTER.replace("n > 100", "n > 200"), 2).json();
        assertThat(other.path("commands").asInt()).isEqualTo(2);
        assertThat(other.path("same").asInt()).isEqualTo(1);
        assertThat(parts(other.path("differences")))
                .startsWith(
                        "outcome \"rejected\" \"applied\"",
                        "state [] [{\"key\":\"n\",\"old\":90,\"new\":110}]",
                        "events [] [{\"type\":\"added\",\"payload\":{\"by\":20}}]")
                .hasSize(4);
        assertThat(other.path("differences").get(0).path("index").asLong()).isEqualTo(index);
        assertThat(api.get("/v1/machines/m").json().path("version").asInt()).isEqualTo(1);
    }

    @Test
    void a_rehearsal_can_be_of_a_version_or_of_files() throws IOException {
        add(1);
        upload(COUNTER.replace("return n", "return -n"), "?activate=false");

        var version = api.post("/v1/machines/m/rehearse", "{\"version\":2}").json();
        assertThat(parts(version.path("differences"))).startsWith("result 1 -1");
        var files = api.post(
                "/v1/machines/m/rehearse",
                "{\"files\":{\"main.lua\":\"commands.add = require 'add'\",\"add.lua\":\"return function(n) put('n', n)"
                        + " return n end\"}}");
        assertThat(parts(files.json().path("differences")))
                .as(files.body())
                .startsWith("events [{\"type\":\"added\",\"payload\":{\"by\":1}}] []");
        assertThat(api.post("/v1/machines/m/rehearse", "{\"version\":7}").status())
                .isEqualTo(404);
        var broken = rehearse("function", 1);
        assertThat(broken.status()).isEqualTo(422);
        assertThat(broken.json().path("code").asText()).isEqualTo("script-invalid");
    }

    @Test
    void a_rehearsal_is_a_gate_of_activation() throws IOException {
        add(1);

        var refused = upload(COUNTER.replace("return n", "return -n"), "?rehearse=100");
        assertThat(refused.status()).as(refused.body()).isEqualTo(422);
        assertThat(refused.json().path("code").asText()).isEqualTo("rehearsal-differs");
        assertThat(refused.json().path("details").path("commands").asInt()).isEqualTo(1);
        assertThat(api.get("/v1/machines/m").json().path("versions").asInt()).isEqualTo(1);

        assertThat(upload(COUNTER + "--", "?rehearse=100").status()).isEqualTo(201);
        assertThat(api.post("/v1/machines/m/activate?rehearse=5", "{\"version\":1}")
                        .status())
                .isEqualTo(200);
        assertThat(api.send("PUT", "/v1/machines/new/script?rehearse=5", "text/x-lua", COUNTER.getBytes(UTF_8))
                        .status())
                .isEqualTo(201);
    }

    @Test
    void how_much_is_kept_can_be_set() throws IOException {
        var index = add(1);
        add(1);

        var set =
                api.send("PATCH", "/v1/machines/m", "application/json", "{\"history\":{\"bytes\":1}}".getBytes(UTF_8));
        assertThat(set.status()).as(set.body()).isEqualTo(200);

        var history = api.get("/v1/machines/m").json().path("history");
        assertThat(history.path("bytes").asLong()).isEqualTo(1);
        assertThat(history.path("age_ms").asLong()).isEqualTo(604_800_000L);
        var gone = api.get("/v1/machines/m/log/" + index);
        assertThat(gone.status()).as(gone.body()).isEqualTo(410);
        assertThat(gone.json().path("code").asText()).isEqualTo("not-retained");
        assertThat(api.get("/v1/machines/m/log/" + index + "/trace").status()).isEqualTo(410);
        var tooMuch = api.send(
                "PATCH", "/v1/machines/m", "application/json", "{\"history\":{\"bytes\":1e12}}".getBytes(UTF_8));
        assertThat(tooMuch.status()).as(tooMuch.body()).isEqualTo(400);
    }
}
