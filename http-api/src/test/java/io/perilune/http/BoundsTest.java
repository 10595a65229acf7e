package io.perilune.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.perilune.engine.Engine;
import io.perilune.engine.EngineOptions;
import io.perilune.engine.Reply;
import io.perilune.engine.Request;
import io.perilune.engine.Scope;
import io.perilune.engine.Token;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients that are slow, many or rude, against a node with small bounds. */
class BoundsTest {
    private static final int BODIES = 100_000;

    /** Short enough to wait for in a test, long enough for a busy machine. */
    private static final int SHORT_MILLIS = 700;

    private static final int LONG_MILLIS = 60_000;

    private static final ApiOptions.Bounds HASTY = small(SHORT_MILLIS);
    private static final ApiOptions.Bounds PATIENT = small(LONG_MILLIS);

    private static ApiOptions.Bounds small(int millis) {
        return new ApiOptions.Bounds(
                60_000, 1_000, 2_000, BODIES, 2, 100, 8_192, millis, millis, millis, 30_000, 4, 1_000, 1_000, 2_000,
                5_000);
    }

    private static final String HEAD =
            "POST /v1/machines/m/commands HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";

    private Fixture api;

    @AfterEach
    void stop() {
        if (api != null) {
            api.close();
        }
    }

    @Test
    void a_body_that_does_not_come_is_not_waited_for() throws IOException {
        api = new Fixture(HASTY);
        var response = api.raw((HEAD + "Content-Length: 10\r\n\r\n{").getBytes(UTF_8));
        assertThat(response.status()).isEqualTo(408);
        assertThat(response.json().path("code").asText()).isEqualTo("request-timeout");
        assertIdle();
    }

    @Test
    void headers_that_do_not_end_are_not_waited_for() throws IOException {
        api = new Fixture(HASTY);
        assertThat(api.raw(HEAD.getBytes(UTF_8)).status()).isZero();
    }

    @Test
    void a_client_that_leaves_amid_its_body_leaves_nothing_behind() throws IOException {
        api = new Fixture(PATIENT);
        try (var socket = api.connect()) {
            socket.getOutputStream().write((HEAD + "Content-Length: 10\r\n\r\n{").getBytes(UTF_8));
            await().until(() -> active() == 2);
            socket.setSoLinger(true, 0);
        }
        assertIdle();
    }

    @Test
    void more_requests_than_there_is_room_for_are_told_to_come_again() throws IOException {
        api = new Fixture(PATIENT);
        try (var one = halfSent();
                var two = halfSent()) {
            // The third is counted too, while it is being told so.
            await().untilAsserted(() -> {
                var refused = api.get("/healthz");
                assertThat(refused.status()).isEqualTo(503);
                assertThat(refused.headers()).containsEntry("retry-after", "1");
                assertThat(refused.json().path("code").asText()).isEqualTo("overloaded");
            });
            finish(one);
            finish(two);
        }
        assertIdle();
    }

    private Socket halfSent() throws IOException {
        var socket = api.connect();
        socket.getOutputStream().write((HEAD + "Connection: close\r\nContent-Length: 2\r\n\r\n{").getBytes(UTF_8));
        return socket;
    }

    private static void finish(Socket socket) throws IOException {
        socket.getOutputStream().write('}');
        assertThat(Fixture.read(socket).status()).isEqualTo(404);
    }

    @Test
    void bodies_share_what_memory_there_is() throws IOException {
        api = new Fixture(PATIENT);
        try (var one = api.connect()) {
            one.getOutputStream().write((HEAD + "Content-Length: 60000\r\n\r\n" + " ".repeat(59_999)).getBytes(UTF_8));
            await().until(() -> active() == 2);
            var refused = await().until(
                            () -> api.post("/v1/machines/m/commands", " ".repeat(59_998) + "{}"),
                            response -> response.status() != 404);
            assertThat(refused.status()).isEqualTo(503);
            finish(one, "0");
        }
        assertIdle();
    }

    private static void finish(Socket socket, String rest) throws IOException {
        socket.getOutputStream().write(rest.getBytes(UTF_8));
        var start = new byte[12];
        assertThat(socket.getInputStream().readNBytes(start, 0, start.length)).isEqualTo(start.length);
        assertThat(new String(start, UTF_8)).isEqualTo("HTTP/1.1 404");
    }

    @Test
    void a_stream_that_falls_silent_is_cut_off() throws IOException {
        api = new Fixture(HASTY);
        var head = HEAD.replace("application/json", "application/x-ndjson");
        var response = api.raw((head + "Content-Length: 100\r\n\r\n{}\nnope\n").getBytes(UTF_8));
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.body()).contains("no-such-machine", "bad-json");
        assertIdle();
    }

    @Test
    void closing_lets_a_request_end_and_refuses_others() throws IOException {
        api = new Fixture(PATIENT);
        try (var socket = halfSent();
                var idle = api.connect()) {
            await().until(() -> active() == 2);
            var closed = CompletableFuture.runAsync(api.server()::close);
            await().untilAsserted(() -> {
                idle.getOutputStream().write("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(UTF_8));
                assertThat(Fixture.read(idle).json().path("code").asText()).isEqualTo("shutting-down");
            });
            assertThat(closed).isNotDone();
            finish(socket);
            closed.join();
        }
        assertThatThrownBy(() -> api.connect().close()).isInstanceOf(IOException.class);
    }

    @Test
    void an_address_in_use_is_named() throws IOException {
        api = new Fixture(HASTY);
        var taken = api.server().address().getPort();
        try (var engine = Engine.start(EngineOptions.DEFAULT, OneNode::new)) {
            assertThatThrownBy(() -> ApiServer.start(ApiOptions.loopback(taken), engine))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("127.0.0.1:" + taken);
        }
    }

    @Test
    void only_loopback_is_served_until_there_are_tokens() throws IOException {
        var anywhere = new ApiOptions("0.0.0.0", 0, false, "test", null, Path.of("spool"), HASTY);
        try (var engine = Engine.start(EngineOptions.DEFAULT, OneNode::new);
                var server = ApiServer.start(anywhere, engine)) {
            assertThat(server.address().getAddress().isLoopbackAddress()).isTrue();
            var port = server.address().getPort();
            var root = new Request.CreateToken("root", Token.hash(new byte[1]), List.of(Scope.parse("admin")), 0);
            assertThat(engine.submit(root, 10_000).join()).isInstanceOf(Reply.TokenCreated.class);
            await().until(() -> server.address().getAddress().isAnyLocalAddress());
            assertThat(server.address().getPort()).isEqualTo(port);
        }
    }

    @Test
    void what_is_insecure_is_served_anywhere_at_once() throws IOException {
        var anywhere = new ApiOptions("0.0.0.0", 0, true, "test", null, Path.of("spool"), HASTY);
        try (var engine = Engine.start(EngineOptions.DEFAULT, OneNode::new);
                var server = ApiServer.start(anywhere, engine)) {
            assertThat(server.address().getAddress().isAnyLocalAddress()).isTrue();
        }
    }

    /** Nobody is being served but whoever asks. */
    private void assertIdle() {
        await().until(() -> active() == 1);
    }

    private int active() throws IOException {
        var response = api.get("/metrics");
        return response.body()
                .lines()
                .filter(line -> line.startsWith("perilune_http_requests_active "))
                .mapToInt(line -> (int) Double.parseDouble(line.substring(line.indexOf(' '))))
                .findFirst()
                .orElse(-1);
    }
}
