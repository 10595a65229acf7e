package io.perilune.raft.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;
import io.perilune.raft.storage.DiskFiles;
import io.perilune.raft.storage.SnapshotStore;
import io.perilune.raft.storage.StorageIdentity;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PeerTlsTest {
    @TempDir
    static Path certificates;

    private static Authority authority;

    @TempDir
    Path directory;

    private final List<HttpTransport> open = new ArrayList<>();

    @BeforeAll
    static void certify() throws Exception {
        authority = Authority.in(certificates.resolve("ours"));
        authority.certify("local", "ip:127.0.0.1");
        authority.certify("elsewhere", "dns:elsewhere.example,ip:10.0.0.9");
    }

    @AfterEach
    void close() {
        open.forEach(HttpTransport::close);
    }

    private HttpTransport node(long id, PeerTls tls) throws Exception {
        SnapshotStore store =
                SnapshotStore.open(new DiskFiles(), directory.resolve("node-" + id), new StorageIdentity(7, id));
        LinkOptions options = LinkOptions.DEFAULT.withTls(tls);
        HttpTransport transport = HttpTransport.bind("c", id, "127.0.0.1:0", "http:80", store, options);
        open.add(transport);
        return transport;
    }

    private static PeerTls as(String name) throws Exception {
        return new PeerTls(authority.context(name));
    }

    private static Message heartbeat(long from, long to) {
        return Message.newBuilder()
                .setType(MessageType.MSG_HEARTBEAT)
                .setFrom(from)
                .setTo(to)
                .build();
    }

    @Test
    void peers_with_certificates_for_their_hosts_speak_to_each_other() throws Exception {
        HttpTransport one = node(1, as("local"));
        HttpTransport two = node(2, as("local"));
        Inbox inTwo = new Inbox();
        one.start(new Inbox());
        two.start(inTwo);
        one.putPeer(2, two.address());
        two.putPeer(1, one.address());
        await().until(() -> one.send(heartbeat(1, 2)) && two.send(heartbeat(2, 1)));
        byte[] command = new byte[9 << 20];
        new Random(5).nextBytes(command);
        Message large = Message.newBuilder()
                .setType(MessageType.MSG_APP)
                .setFrom(1)
                .setTo(2)
                .addEntries(Entry.newBuilder().setIndex(78).setTerm(2).setData(ByteString.copyFrom(command)))
                .build();
        await().until(() -> one.send(large));
        await().until(() -> inTwo.messages.contains(large));
    }

    @Test
    void whoever_listens_without_a_certificate_for_its_host_is_told_nothing() throws Exception {
        HttpTransport one = node(1, as("local"));
        HttpTransport two = node(2, as("elsewhere"));
        Inbox inOne = new Inbox();
        Inbox inTwo = new Inbox();
        one.start(inOne);
        two.start(inTwo);
        one.putPeer(2, two.address());
        two.putPeer(1, one.address());
        // Two dials one as well, and shows a certificate of the right authority for another host.
        assertIsTurnedAway(one);
        assertThat(inOne.connected).isEmpty();
        assertThat(inTwo.connected).isEmpty();
        assertThat(one.send(heartbeat(1, 2))).isFalse();
    }

    private static void assertIsTurnedAway(HttpTransport transport) throws Exception {
        // A whole attempt to link, by hand, with the certificate that is not for 127.0.0.1.
        String[] at = transport.address().split(":");
        try (Socket plain = new Socket(at[0], Integer.parseInt(at[1]));
                Socket spoken = authority
                        .context("elsewhere")
                        .getSocketFactory()
                        .createSocket(plain, at[0], Integer.parseInt(at[1]), true)) {
            Identity claimed = new Identity("c", 2, "127.0.0.1:1", "", "mark");
            spoken.getOutputStream()
                    .write(Hello.request("GET", Hello.PATH, claimed, 1, "Connection", "Upgrade", "Upgrade", "raft/1"));
            String said = new String(spoken.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(said).startsWith("HTTP/1.1 403").contains("node 2");
        }
    }

    @Test
    void another_authoritys_certificate_and_plain_text_are_not_heard() throws Exception {
        Authority other = Authority.in(certificates.resolve("other"));
        other.certify("local", "ip:127.0.0.1");
        HttpTransport one = node(1, as("local"));
        Inbox inOne = new Inbox();
        one.start(inOne);
        for (PeerTls stranger : new PeerTls[] {new PeerTls(other.context("local")), null}) {
            HttpTransport two = node(stranger == null ? 3 : 2, stranger);
            Inbox inTwo = new Inbox();
            two.start(inTwo);
            two.putPeer(1, one.address());
            String[] at = one.address().split(":");
            try (Socket socket = new Socket(at[0], Integer.parseInt(at[1]))) {
                socket.setSoTimeout(10_000);
                socket.getOutputStream()
                        .write("GET /raft HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1))
                        .doesNotContain("HTTP/1.1 1", "HTTP/1.1 2");
            }
            assertThat(inTwo.connected).isEmpty();
        }
        assertThat(inOne.connected).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "local, 127.0.0.1, true",
        "local, 127.0.0.2, false",
        "local, localhost, false",
        "local, local, false",
        "elsewhere, elsewhere.example, true",
        "elsewhere, ELSEWHERE.example, true",
        "elsewhere, a.elsewhere.example, false",
        "elsewhere, 10.0.0.9, true",
        "elsewhere, '', false",
    })
    void a_certificate_is_for_the_hosts_that_it_names(String name, String host, boolean named) throws Exception {
        assertThat(PeerTls.names(chain(authority, name), host)).isEqualTo(named);
    }

    @Test
    void a_star_is_one_label() throws Exception {
        authority.certify("star", "dns:*.nodes.example");
        assertThat(PeerTls.names(chain(authority, "star"), "a.nodes.example")).isTrue();
        assertThat(PeerTls.names(chain(authority, "star"), "a.b.nodes.example")).isFalse();
        assertThat(PeerTls.names(chain(authority, "star"), "nodes.example")).isFalse();
        assertThat(PeerTls.names(chain(authority, "star"), ".nodes.example")).isFalse();
        assertThat(PeerTls.names(new Certificate[0], "a.nodes.example")).isFalse();
    }

    private static Certificate[] chain(Authority by, String name) throws Exception {
        try (var in = java.nio.file.Files.newInputStream(by.certificate(name))) {
            return CertificateFactory.getInstance("X.509")
                    .generateCertificates(in)
                    .toArray(new Certificate[0]);
        }
    }
}
