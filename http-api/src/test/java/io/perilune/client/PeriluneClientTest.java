package io.perilune.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.perilune.client.Outcome.Done;
import io.perilune.client.Outcome.Failed;
import io.perilune.client.Outcome.Refused;
import io.perilune.client.Outcome.Rejected;
import io.perilune.client.Outcome.Unavailable;
import io.perilune.client.Outcome.Unknown;
import io.perilune.server.Nodes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client, against three real nodes, and against some that behave as badly as networks do. */
@Timeout(120)
class PeriluneClientTest {
    private static final String SCRIPT = String.join(
            "\n",
            "function commands.add(args)",
            "  if args.by < 0 then error { code = 'NEGATIVE', message = 'no less', details = { by = args.by } } end",
            "  emit('added', args)",
            "  return update('n', function(n) return (n or 0) + args.by end)",
            "end",
            "function commands.oops() return nothing.at.all end",
            "function commands.forever() while true do end end",
            "function queries.n() return get('n') or 0 end");

    @TempDir
    private Path folder;

    private Nodes nodes;
    private PeriluneClient client;

    @BeforeEach
    void start() throws Exception {
        nodes = Nodes.start(folder, 3);
        client = nodes.client();
        assertThat(client.deploy("sum", SCRIPT).orThrow().created()).isTrue();
    }

    @AfterEach
    void stop() {
        nodes.close();
    }

    @Test
    void every_way_to_end_has_a_type_of_its_own() throws Exception {
        var done = client.command("sum", "add", Map.of("by", 2)).orThrow();
        assertThat(done.result().asInt()).isEqualTo(2);
        assertThat(done.index()).isPositive();
        assertThat(done.replayed()).isFalse();

        assertThat(client.command("sum", "add", Map.of("by", -1)))
                .asInstanceOf(type(Rejected.class))
                .satisfies(no -> {
                    assertThat(no.problem().code()).isEqualTo("NEGATIVE");
                    assertThat(no.problem().details().path("by").asInt()).isEqualTo(-1);
                });
        assertThat(client.command("sum", "oops", null))
                .asInstanceOf(type(Failed.class))
                .satisfies(broke -> assertThat(broke.problem().at()).isEqualTo("sum.lua:6"));
        assertThat(client.command("sum", "forever", null))
                .asInstanceOf(type(Failed.class))
                .satisfies(broke -> assertThat(broke.problem().kind()).isEqualTo("budget-exceeded"));
        assertThat(client.command("sun", "add", Map.of("by", 1)))
                .asInstanceOf(type(Refused.class))
                .satisfies(no -> assertThat(no.problem().detail()).contains("did you mean \"sum\""));
        assertThatThrownBy(() -> client.command("sum", "sub", null).orThrow())
                .isInstanceOf(Outcome.NotDoneException.class)
                .hasMessageContaining("no-such-command");
    }

    @Test
    void reads_see_what_was_written_before() throws Exception {
        assertThat(client.get("sum", "n").orThrow().isMissingNode()).isTrue();
        var written = client.command("sum", "add", Map.of("by", 5)).orThrow();
        assertThat(client.get("sum", "n").orThrow().asInt()).isEqualTo(5);
        var queried = client.query("sum", "n", null, "local", written.index()).orThrow();
        assertThat(queried.result().asInt()).isEqualTo(5);
        assertThat(client.deploy("sum", SCRIPT).orThrow().created()).isFalse();
    }

    @Test
    void the_same_key_is_the_same_command() throws Exception {
        var first = client.command("sum", "add", Map.of("by", 1), "once").orThrow();
        var second = client.command("sum", "add", Map.of("by", 1), "once").orThrow();
        assertThat(second.replayed()).isTrue();
        assertThat(second.index()).isEqualTo(first.index());
        assertThat(client.fate("sum", "once").orThrow().result().asInt()).isEqualTo(1);
        assertThat(client.fate("sum", "never")).isInstanceOf(Unknown.class);
        assertThat(client.command("sum", "add", Map.of("by", 2), "once")).isInstanceOf(Refused.class);
    }

    @Test
    void many_commands_have_outcomes_in_their_order() throws Exception {
        var arguments = IntStream.range(0, 300)
                .mapToObj(i -> Map.of("by", i == 100 ? -1 : 1))
                .toList();
        var outcomes = client.commands("sum", "add", arguments);
        assertThat(outcomes).hasSize(300);
        assertThat(outcomes.get(100)).isInstanceOf(Rejected.class);
        assertThat(outcomes.get(299).orThrow().result().asInt()).isEqualTo(299);
        assertThat(client.commands("sum", "add", List.of())).isEmpty();
        assertThat(client.commands("none", "add", List.of(1))).singleElement().isInstanceOf(Refused.class);
    }

    @Test
    void it_finds_the_others_from_one_and_goes_on_without_it() throws Exception {
        var knowsOne = PeriluneClient.of(nodes.url(1));
        knowsOne.command("sum", "add", Map.of("by", 1)).orThrow();
        nodes.stop(1);
        assertThat(knowsOne.command("sum", "add", Map.of("by", 1))
                        .orThrow()
                        .result()
                        .asInt())
                .isEqualTo(2);
    }

    @Test
    void without_a_majority_it_says_in_time_that_it_could_not() throws Exception {
        nodes.stop(1);
        nodes.stop(2);
        var hasty = client.within(Duration.ofSeconds(1));
        assertThat(hasty.query("sum", "n", null)).isInstanceOf(Unavailable.class);
        // Whether a command came through may not be known, but it is never said to be done.
        assertThat(hasty.command("sum", "add", Map.of("by", 1))).isInstanceOfAny(Unavailable.class, Unknown.class);
        nodes.stop(3);
        assertThat(hasty.query("sum", "n", null)).isInstanceOf(Unavailable.class);
    }

    @Test
    void events_go_on_at_another_node_where_they_were() throws Exception {
        var seen = new CopyOnWriteArrayList<Integer>();
        try (var ignored = client.events(
                "sum",
                "0",
                false,
                event -> seen.add(event.data().at("/payload/by").asInt()))) {
            for (var by = 1; by <= 5; by++) {
                client.command("sum", "add", Map.of("by", by)).orThrow();
            }
            await().until(() -> seen.size() == 5);
            for (var id : nodes.ids()) {
                nodes.stop(id);
                client.command("sum", "add", Map.of("by", 5 + id.intValue())).orThrow();
                nodes.start(id);
            }
            await().until(() -> seen.size() >= 8);
        }
        assertThat(seen).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    }

    @Test
    void a_subscription_to_what_is_not_there_says_so() throws Exception {
        try (var events = client.events("none", null, false, event -> {})) {
            await().until(events::isOver);
            assertThat(events.refusal().kind()).isEqualTo("no-such-machine");
        }
    }

    @Test
    void an_answer_that_breaks_off_is_asked_for_again_with_the_same_key() throws Exception {
        var keys = new CopyOnWriteArrayList<String>();
        var attempts = new AtomicInteger();
        var flaky = flaky(exchange -> {
            keys.add(exchange.getRequestHeaders().getFirst("Idempotency-Key"));
            switch (attempts.incrementAndGet()) {
                case 1 -> exchange.close();
                case 2 -> answer(exchange, 503, "{\"status\": 503, \"detail\": \"busy\"}");
                case 3 -> answer(exchange, 504, "{\"status\": 504, \"detail\": \"who knows\"}");
                default -> answer(exchange, 200, "{\"result\": 7, \"index\": 9}");
            }
        });
        try {
            var lone = PeriluneClient.of("127.0.0.1:" + flaky.getAddress().getPort());
            assertThat(lone.command("m", "c", null)).isInstanceOf(Done.class);
            assertThat(keys).hasSize(4);
            assertThat(keys.stream().distinct()).hasSize(1).doesNotContainNull();
        } finally {
            flaky.stop(0);
        }
    }

    @Test
    void what_never_becomes_clear_is_unknown_and_says_the_key() throws Exception {
        var flaky = flaky(exchange -> answer(exchange, 504, "{\"status\": 504, \"detail\": \"who knows\"}"));
        try {
            var lone = PeriluneClient.of("127.0.0.1:" + flaky.getAddress().getPort())
                    .within(Duration.ofMillis(200));
            assertThat(lone.command("m", "c", null, "k"))
                    .asInstanceOf(type(Unknown.class))
                    .satisfies(unknown -> assertThat(unknown.key()).isEqualTo("k"));
        } finally {
            flaky.stop(0);
        }
    }

    @Test
    void a_node_that_hangs_is_left_for_another() throws Exception {
        var end = new CountDownLatch(1);
        var hanging = flaky(exchange -> {
            try {
                end.await();
            } catch (InterruptedException over) {
                exchange.close();
            }
        });
        var answering = flaky(exchange -> answer(exchange, 200, "{\"result\": 7, \"index\": 9}"));
        try {
            var both = PeriluneClient.of(
                    "127.0.0.1:" + hanging.getAddress().getPort(),
                    "127.0.0.1:" + answering.getAddress().getPort());
            assertThat(both.command("m", "c", null).orThrow().index()).isEqualTo(9);
        } finally {
            end.countDown();
            hanging.stop(0);
            answering.stop(0);
        }
    }

    private interface Behaviour {
        void answer(HttpExchange exchange) throws IOException;
    }

    private static HttpServer flaky(Behaviour behaviour) throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/cluster", exchange -> answer(exchange, 404, "{}"));
        server.createContext("/", behaviour::answer);
        server.start();
        return server;
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        exchange.getRequestBody().readAllBytes();
        var bytes = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
