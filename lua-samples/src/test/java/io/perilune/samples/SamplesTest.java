package io.perilune.samples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every sample on a cluster of three, commands and queries through different nodes. */
class SamplesTest {
    @TempDir
    static Path folder;

    private static LocalCluster cluster;
    private static int turn;

    @BeforeAll
    static void start() throws Exception {
        cluster = new LocalCluster(folder);
        cluster.awaitReady();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static JsonNode post(String path, String body, int status) throws IOException, InterruptedException {
        var answer = cluster.node(turn++).post("/v1/machines/" + path, body);
        assertThat(answer.status()).as("%s %s: %s", path, body, answer.body()).isEqualTo(status);
        return answer.body();
    }

    private static JsonNode call(String path, String body) throws IOException, InterruptedException {
        return post(path, body, 200).path("result");
    }

    @Test
    void hello_greets() throws Exception {
        cluster.deploy("hello", "hello.lua");
        assertThat(call("hello/commands", "{\"name\": \"Moon\"}").asText()).isEqualTo("Hello Moon");
        assertThat(call("hello/commands", "").asText()).isEqualTo("Hello World");
    }

    @Test
    void concat_joins() throws Exception {
        cluster.deploy("concat", "concat.lua");
        assertThat(call("concat/commands", "{\"a\": \"Go\", \"b\": \"Lua\"}").asText())
                .isEqualTo("Go + Lua");
    }

    @Test
    void square_squares_without_a_host_that_can() throws Exception {
        cluster.deploy("square", "square.lua");
        assertThat(call("square/commands", "{\"x\": 12}").toString()).isEqualTo("144");
    }

    @Test
    void counter_is_the_sum_of_its_steps_on_every_node() throws Exception {
        cluster.deploy("counter", "counter.lua");
        long sum = 0;
        for (int by = -3; by <= 12; by++) {
            sum += by;
            assertThat(call("counter/commands", "{\"by\": " + by + "}").asLong())
                    .isEqualTo(sum);
            assertThat(call("counter/queries/value", "").asLong()).isEqualTo(sum);
        }
        assertThat(post("counter/commands", "{\"by\": 0.5}", 422).path("code").asText())
                .isEqualTo("BAD_STEP");
        assertThat(cluster.agreedHash("counter")).isNotEmpty();
    }

    @Test
    void kv_swaps_only_against_the_revision_that_was_seen() throws Exception {
        cluster.deploy("kv", "kv.lua");
        long first = call("kv/commands/put", "{\"key\": \"a\", \"value\": [1, 2]}")
                .path("revision")
                .asLong();
        assertThat(call("kv/queries/get", "{\"key\": \"a\"}").path("value").toString())
                .isEqualTo("[1,2]");
        long second = call("kv/commands/cas", "{\"key\": \"a\", \"revision\": " + first + ", \"value\": \"x\"}")
                .path("revision")
                .asLong();
        assertThat(second).isGreaterThan(first);
        var conflict = post("kv/commands/cas", "{\"key\": \"a\", \"revision\": " + first + ", \"value\": \"y\"}", 409);
        assertThat(conflict.path("details").path("revision").asLong()).isEqualTo(second);
        call("kv/commands/put", "{\"key\": \"b\", \"value\": {}}");
        assertThat(call("kv/queries/range", "{\"prefix\": \"\"}").toString())
                .isEqualTo("[{\"key\":\"a\",\"revision\":" + second + ",\"value\":\"x\"},{\"key\":\"b\",\"revision\":"
                        + call("kv/queries/get", "{\"key\": \"b\"}").path("revision") + ",\"value\":{}}]");
        assertThat(call("kv/commands/delete", "{\"key\": \"a\"}").asBoolean()).isTrue();
        assertThat(call("kv/queries/get", "{\"key\": \"a\"}").isNull()).isTrue();
        assertThat(post("kv/commands/put", "{\"key\": \"\"}", 422).path("code").asText())
                .isEqualTo("BAD_KEY");
    }

    @Test
    void bank_keeps_its_money() throws Exception {
        cluster.deploy("bank", "bank.lua");
        call("bank/commands/open", "{\"name\": \"ann\", \"balance\": 100}");
        call("bank/commands/open", "{\"name\": \"bob\"}");
        var moved =
                call("bank/commands/transfer", "{\"from\": \"ann\", \"to\": \"bob\", \"amount\": 30, \"ref\": \"r1\"}");
        assertThat(moved.toString()).isEqualTo("{\"from\":70,\"to\":30}");
        var refused = post("bank/commands/transfer", "{\"from\": \"bob\", \"to\": \"ann\", \"amount\": 31}", 409);
        assertThat(refused.path("code").asText()).isEqualTo("INSUFFICIENT_FUNDS");
        assertThat(refused.path("details").toString()).isEqualTo("{\"have\":30,\"need\":31}");
        post("bank/commands/transfer", "{\"from\": \"ann\", \"to\": \"eve\", \"amount\": 1}", 404);
        assertThat(call("bank/queries/balance", "{\"who\": \"ann\"}").asLong()).isEqualTo(70);
        assertThat(call("bank/queries/total", "").asLong()).isEqualTo(100);
        assertThat(call("bank/commands/deposit", "{\"to\": \"bob\", \"amount\": 5}")
                        .path("balance")
                        .asLong())
                .isEqualTo(35);
        assertThat(cluster.agreedHash("bank")).isNotEmpty();
    }
}
