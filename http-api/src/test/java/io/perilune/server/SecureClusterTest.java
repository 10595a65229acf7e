package io.perilune.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.client.Api;
import io.perilune.client.Credentials;
import io.perilune.client.Outcome;
import io.perilune.client.PeriluneClient;
import io.perilune.raft.transport.Authority;
import io.perilune.tls.Tls;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes that speak TLS with each other and with their clients, who show tokens. */
@Timeout(120)
class SecureClusterTest {
    private static final String SCRIPT = "function commands.put(v) put('k', v) return ctx.caller end";

    @TempDir
    private Path folder;

    @Test
    void clients_with_tokens_and_nodes_with_certificates_do_their_work() throws Exception {
        var authority = Authority.in(folder.resolve("authority"));
        authority.certify("node", "ip:127.0.0.1,dns:localhost");
        var certificate = authority.certificate("node");
        var serving = Tls.serving(certificate, authority.key("node"));
        var mutual = Tls.mutual(certificate, authority.key("node"), authority.certificate());
        var trusting = Tls.trusting(authority.certificate());
        try (var nodes = Nodes.start(folder, 3, serving, mutual)) {
            var open = PeriluneClient.of(nodes.urls(), new Credentials(null, trusting));
            open.deploy("safe", SCRIPT).orThrow();
            var root = new Api(nodes.url(1), new Credentials(null, trusting))
                    .post("/v1/tokens", "{\"name\": \"root\", \"scopes\": [\"admin\"]}")
                    .body()
                    .path("token")
                    .textValue();

            assertThat(open.within(Duration.ofSeconds(2)).command("safe", "put", 1))
                    .isInstanceOf(Outcome.Refused.class);
            // At once, at whichever node: one that does not know the token yet finds out.
            for (var id : nodes.ids()) {
                var api = new Api(nodes.url(id), new Credentials(root, trusting));
                assertThat(api.get("/v1/machines/safe").status()).isEqualTo(200);
            }
            var known = PeriluneClient.of(nodes.urls(), new Credentials(root, trusting));
            assertThat(known.command("safe", "put", Map.of("a", 1))
                            .orThrow()
                            .result()
                            .asText())
                    .isEqualTo("root");
            nodes.stop(2);
            nodes.start(2);
            // One that has just started refuses strangers from the first moment on.
            var restarted = new Api(nodes.url(2), new Credentials(null, trusting));
            assertThat(restarted.post("/v1/machines/safe/commands/put", "2").status())
                    .isIn(401, 503);
            assertThat(known.get("safe", "k").orThrow().path("a").asInt()).isEqualTo(1);

            assertThatThrownBy(() -> new Api(nodes.url(1)).get("/healthz")).isInstanceOf(SSLException.class);
            assertPlainTextIsNotAnswered(nodes.node(1).http().getPort());
        }
    }

    private static void assertPlainTextIsNotAnswered(int port) throws IOException {
        try (var socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            var said = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            assertThat(said).doesNotContain("HTTP/1.1 200");
        }
    }
}
