package io.perilune.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.perilune.raft.transport.Authority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
    @TempDir
    static Path folder;

    private static Authority authority;
    private static Authority other;

    @BeforeAll
    static void certify() throws Exception {
        authority = Authority.in(folder.resolve("one"));
        authority.certify("a", "dns:a.example");
        authority.certify("b", "dns:b.example");
        other = Authority.in(folder.resolve("other"));
        other.certify("a", "dns:a.example");
    }

    /** What the server shows, or why there is no connection. */
    private static String shake(SSLContext server, SSLContext client) throws Exception {
        try (var listening = (SSLServerSocket) server.getServerSocketFactory().createServerSocket(0)) {
            var accepting = new Thread(() -> {
                try (var socket = (SSLSocket) listening.accept()) {
                    socket.startHandshake();
                    socket.getOutputStream().write(1);
                } catch (IOException refused) {
                    // The client says it.
                }
            });
            accepting.start();
            try (var socket =
                    (SSLSocket) client.getSocketFactory().createSocket("127.0.0.1", listening.getLocalPort())) {
                socket.startHandshake();
                assertThat(socket.getInputStream().read()).isEqualTo(1);
                var shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
                return shown.getSubjectX500Principal().getName();
            } finally {
                accepting.join(10_000);
            }
        }
    }

    @Test
    void a_context_shows_what_its_files_hold() throws Exception {
        var serving = Tls.serving(authority.certificate("a"), authority.key("a"));
        assertThat(shake(serving, Tls.trusting(authority.certificate()))).isEqualTo("CN=a");
        assertThatThrownBy(() -> shake(serving, Tls.trusting(other.certificate())))
                .isInstanceOf(IOException.class);
    }

    @Test
    void new_certificates_are_shown_without_a_restart_once_they_are_whole() throws Exception {
        var certificate = Files.copy(authority.certificate("a"), folder.resolve("now.pem"));
        var key = Files.copy(authority.key("a"), folder.resolve("now.key"));
        var serving = Tls.serving(certificate, key);
        var trusting = Tls.trusting(authority.certificate());
        assertThat(shake(serving, trusting)).isEqualTo("CN=a");
        // Half of it: the key is still the old one's.
        replace(authority.certificate("b"), certificate);
        assertThat(shake(serving, trusting)).isEqualTo("CN=a");
        replace(authority.key("b"), key);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> shake(serving, trusting).equals("CN=b"));
    }

    private static void replace(Path from, Path to) throws IOException {
        Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
        Files.setLastModifiedTime(to, FileTime.from(Instant.now().plusSeconds(5)));
    }

    @Test
    void what_cannot_be_used_is_said_with_the_file() throws Exception {
        assertThatThrownBy(() -> Tls.serving(authority.certificate("a"), authority.key("b")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("b.key")
                .hasMessageContaining("a.pem");
        assertThatThrownBy(() -> Tls.serving(authority.key("a"), authority.key("a")))
                .hasMessageContaining("a.key");
        assertThatThrownBy(() -> Tls.serving(authority.certificate("a"), authority.certificate("a")))
                .hasMessageContaining("pkcs8");
        assertThatThrownBy(() -> Tls.trusting(folder.resolve("nothing.pem"))).hasMessageContaining("nothing.pem");
        var garbage = Files.writeString(
                folder.resolve("garbage.key"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        assertThatThrownBy(() -> Tls.serving(authority.certificate("a"), garbage))
                .hasMessageContaining("garbage.key")
                .hasMessageNotContaining("AAAA");
    }
}
