package io.perilune.raft.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;
import io.perilune.raft.proto.Snapshot;
import io.perilune.raft.proto.SnapshotMetadata;
import io.perilune.raft.storage.DiskFiles;
import io.perilune.raft.storage.SnapshotStore;
import io.perilune.raft.storage.StorageIdentity;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.net.SocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HttpTransportTest {
    private static final LinkOptions QUICK = new LinkOptions(
            SocketFactory.getDefault(),
            null,
            Duration.ofSeconds(1),
            Duration.ofMillis(50),
            Duration.ofMillis(400),
            Duration.ofMillis(10),
            Duration.ofMillis(50),
            1024,
            64L << 20,
            Duration.ofSeconds(5),
            1L << 30);

    @TempDir
    Path directory;

    private final List<HttpTransport> open = new ArrayList<>();

    @AfterEach
    void close() {
        open.forEach(HttpTransport::close);
    }

    private HttpTransport node(long id, String cluster, String address) throws Exception {
        SnapshotStore store =
                SnapshotStore.open(new DiskFiles(), directory.resolve("node-" + id), new StorageIdentity(7, id));
        return node(id, cluster, address, store);
    }

    private HttpTransport node(long id, String cluster, String address, SnapshotStore store) throws IOException {
        HttpTransport transport = HttpTransport.bind(cluster, id, address, "http-of-" + id + ":80", store, QUICK);
        open.add(transport);
        return transport;
    }

    private static Message message(MessageType type, long from, long to, long index) {
        return Message.newBuilder()
                .setType(type)
                .setFrom(from)
                .setTo(to)
                .setIndex(index)
                .build();
    }

    private static void awaitLink(Transport from, long to) {
        await().until(() -> from.send(message(MessageType.MSG_HEARTBEAT, 1, to, 0))
                && from.send(message(MessageType.MSG_APP, 1, to, 0)));
    }

    @Test
    void messages_arrive_in_order_and_nodes_learn_where_the_http_apis_are() throws Exception {
        HttpTransport one = node(1, "c", "127.0.0.1:0");
        HttpTransport two = node(2, "c", "127.0.0.1:0");
        Inbox inOne = new Inbox();
        Inbox inTwo = new Inbox();
        one.start(inOne);
        two.start(inTwo);
        one.putPeer(2, two.address());
        awaitLink(one, 2);
        inTwo.messages.clear();

        for (int i = 1; i <= 500; i++) {
            assertThat(one.send(message(MessageType.MSG_APP, 1, 2, i))).isTrue();
        }

        await().until(() ->
                inTwo.messages.stream().filter(m -> m.getIndex() > 0).count() == 500);
        assertThat(inTwo.messages.stream().filter(m -> m.getIndex() > 0).map(Message::getIndex))
                .isSorted();
        assertThat(inOne.connected).containsEntry(2L, "http-of-2:80");
        assertThat(inTwo.connected).containsEntry(1L, "http-of-1:80");
        // Node 2 was told nothing of node 1, and has learned where it is from being called.
        await().until(() -> two.send(message(MessageType.MSG_APP_RESP, 2, 1, 5)));
        await().until(() -> inOne.messages.stream().anyMatch(m -> m.getType() == MessageType.MSG_APP_RESP));
    }

    @Test
    void large_entries_arrive_whole() throws Exception {
        HttpTransport one = node(1, "c", "127.0.0.1:0");
        HttpTransport two = node(2, "c", "127.0.0.1:0");
        Inbox inTwo = new Inbox();
        one.start(new Inbox());
        two.start(inTwo);
        one.putPeer(2, two.address());
        awaitLink(one, 2);

        byte[] command = new byte[9 << 20];
        new Random(5).nextBytes(command);
        Message large = message(MessageType.MSG_APP, 1, 2, 77).toBuilder()
                .addEntries(Entry.newBuilder().setIndex(78).setTerm(2).setData(ByteString.copyFrom(command)))
                .build();
        assertThat(one.send(large)).isTrue();

        await().until(() -> inTwo.messages.contains(large));
    }

    @Test
    void what_goes_nowhere_is_said_at_once() throws Exception {
        HttpTransport one = node(1, "c", "127.0.0.1:0");
        HttpTransport two = node(2, "c", "127.0.0.1:0");
        Inbox inOne = new Inbox();
        one.start(inOne);
        String address = two.address();
        two.close();
        one.putPeer(2, address);

        assertThat(one.send(message(MessageType.MSG_APP, 1, 2, 1))).isFalse();
        assertThat(one.send(message(MessageType.MSG_APP, 1, 3, 1))).isFalse();
        await().until(() -> inOne.gone.contains(2L));
        assertThat(one.status().dropped()).isEqualTo(2);
    }

    @Test
    void a_peer_that_comes_back_is_found_again() throws Exception {
        HttpTransport one = node(1, "c", "127.0.0.1:0");
        HttpTransport two = node(2, "c", "127.0.0.1:0");
        Inbox inOne = new Inbox();
        one.start(inOne);
        two.start(new Inbox());
        String address = two.address();
        one.putPeer(2, address);
        awaitLink(one, 2);

        two.close();
        await().until(() -> inOne.gone.contains(2L) && inOne.unreachable.contains(2L));
        HttpTransport again = node(2, "c", address);
        Inbox inAgain = new Inbox();
        again.start(inAgain);

        awaitLink(one, 2);
        await().until(() -> inAgain.count.get() >= 2);
    }

    @Test
    void a_node_of_another_cluster_is_refused() throws Exception {
        HttpTransport one = node(1, "c", "127.0.0.1:0");
        HttpTransport two = node(2, "other", "127.0.0.1:0");
        one.start(new Inbox());
        two.start(new Inbox());

        String answer = talk(
                two.address(),
                new String(
                        Hello.request(
                                "GET",
                                Hello.PATH,
                                new Identity("c", 1, one.address(), "", ""),
                                2,
                                "Connection",
                                "Upgrade",
                                "Upgrade",
                                Hello.PRODUCT),
                        StandardCharsets.US_ASCII));

        assertThat(answer).startsWith("HTTP/1.1 412").contains("belongs to cluster other, not c");
        one.putPeer(2, two.address());
        assertThat(one.send(message(MessageType.MSG_APP, 1, 2, 1))).isFalse();
    }

    @Test
    void a_removed_node_is_told() throws Exception {
        HttpTransport one = node(1, "c", "127.0.0.1:0");
        HttpTransport two = node(2, "c", "127.0.0.1:0");
        Inbox inOne = new Inbox();
        Inbox inTwo = new Inbox();
        inTwo.removed.add(1L);
        one.start(inOne);
        two.start(inTwo);
        one.putPeer(2, two.address());

        await().until(() -> inOne.turnedAway.get(2L) == Admission.REMOVED);
    }

    @Test
    void a_node_with_other_data_than_before_is_neither_heard_nor_spoken_to() throws Exception {
        HttpTransport one = node(1, "c", "127.0.0.1:0");
        HttpTransport two = node(2, "c", "127.0.0.1:0");
        Inbox inOne = new Inbox();
        Inbox inTwo = new Inbox();
        inTwo.strangers.add(1L);
        one.start(inOne);
        two.start(inTwo);
        two.putPeer(1, one.address());
        one.putPeer(2, two.address());

        await().until(() -> inOne.turnedAway.get(2L) == Admission.OTHER_DATA);
        assertThat(two.send(message(MessageType.MSG_APP, 2, 1, 1))).isFalse();
        assertThat(inTwo.connected).isEmpty();
    }

    @Test
    void links_of_a_node_that_is_removed_are_cut_and_it_is_told() throws Exception {
        HttpTransport one = node(1, "c", "127.0.0.1:0");
        HttpTransport two = node(2, "c", "127.0.0.1:0");
        Inbox inOne = new Inbox();
        Inbox inTwo = new Inbox();
        one.start(inOne);
        two.start(inTwo);
        one.putPeer(2, two.address());
        awaitLink(one, 2);

        inTwo.removed.add(1L);
        two.removePeer(1);

        await().until(() -> inOne.turnedAway.get(2L) == Admission.REMOVED);
    }

    @Test
    void strangers_get_an_answer_that_says_why() throws Exception {
        HttpTransport one = node(1, "c", "127.0.0.1:0");
        one.start(new Inbox());

        assertThat(talk(one.address(), "GET /v1/machines HTTP/1.1\r\nHost: x\r\n\r\n"))
                .startsWith("HTTP/1.1 400");
        assertThat(talk(
                        one.address(),
                        new String(
                                Hello.request("GET", Hello.PATH, new Identity("c", 2, "127.0.0.1:9", "", ""), 1),
                                StandardCharsets.US_ASCII)))
                .startsWith("HTTP/1.1 426");
        assertThat(talk(
                        one.address(),
                        new String(
                                Hello.request("GET", Hello.PATH, new Identity("c", 2, "127.0.0.1:9", "", ""), 3),
                                StandardCharsets.US_ASCII)))
                .startsWith("HTTP/1.1 421");
    }

    @Test
    void an_address_in_use_is_said_plainly() throws Exception {
        HttpTransport one = node(1, "c", "127.0.0.1:0");

        assertThatThrownBy(() -> node(2, "c", one.address()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(one.address())
                .hasMessageContaining("in use");
    }

    @Test
    void a_link_stays_up_while_nothing_is_said() throws Exception {
        HttpTransport one = node(1, "c", "127.0.0.1:0");
        HttpTransport two = node(2, "c", "127.0.0.1:0");
        Inbox inOne = new Inbox();
        one.start(inOne);
        two.start(new Inbox());
        one.putPeer(2, two.address());
        awaitLink(one, 2);
        long connects = one.status().connects();

        // Several times the silence that would end a link without pings.
        await().during(Duration.ofMillis(1500))
                .atMost(Duration.ofSeconds(4))
                .until(() -> one.status().connects() == connects);
        assertThat(inOne.unreachable).isEmpty();
    }

    @Test
    void a_snapshot_goes_from_store_to_store_and_its_message_follows() throws Exception {
        SnapshotStore from = SnapshotStore.open(new DiskFiles(), directory.resolve("from"), new StorageIdentity(7, 1));
        SnapshotStore to = SnapshotStore.open(new DiskFiles(), directory.resolve("to"), new StorageIdentity(7, 2));
        byte[] state = new byte[3_000_000];
        new Random(1).nextBytes(state);
        SnapshotMetadata metadata =
                SnapshotMetadata.newBuilder().setIndex(10).setTerm(2).build();
        try (SnapshotStore.Writer writer = from.write(metadata)) {
            writer.write(state);
            writer.commit();
        }
        HttpTransport one = node(1, "c", "127.0.0.1:0", from);
        HttpTransport two = node(2, "c", "127.0.0.1:0", to);
        Inbox inOne = new Inbox();
        Inbox inTwo = new Inbox();
        one.start(inOne);
        two.start(inTwo);
        one.putPeer(2, two.address());

        Message message = message(MessageType.MSG_SNAP, 1, 2, 0).toBuilder()
                .setSnapshot(Snapshot.newBuilder().setMetadata(metadata))
                .build();
        one.sendSnapshot(message);

        await().until(() -> inOne.snapshots.containsKey(2L));
        assertThat(inOne.snapshots).containsEntry(2L, true);
        assertThat(inTwo.messages).containsExactly(message);
        try (SnapshotStore.Reader reader = to.read(2, 10).orElseThrow();
                InputStream in = reader.state()) {
            assertThat(in.readAllBytes()).isEqualTo(state);
        }
    }

    @Test
    void a_snapshot_that_cannot_be_sent_is_reported_too() throws Exception {
        HttpTransport one = node(1, "c", "127.0.0.1:0");
        Inbox inOne = new Inbox();
        one.start(inOne);

        one.sendSnapshot(message(MessageType.MSG_SNAP, 1, 2, 0));

        await().until(() -> Boolean.FALSE.equals(inOne.snapshots.get(2L)));
    }

    private static String talk(String address, String request) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(Addresses.resolve(address), 1000);
            socket.setSoTimeout(2000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
