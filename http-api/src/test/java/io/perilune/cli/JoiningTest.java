package io.perilune.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.perilune.client.Api;
import io.perilune.engine.raft.RaftSettings;
import io.perilune.http.ApiOptions;
import io.perilune.server.PeriluneNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A cluster that grows and shrinks over its own API: real nodes, real sockets. */
@Timeout(120)
class JoiningTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private final Map<Long, PeriluneNode> nodes = new TreeMap<>();
    private final Map<Long, Throwable> failures = new ConcurrentHashMap<>();

    @AfterEach
    void stop() {
        nodes.values().forEach(PeriluneNode::close);
    }

    private static HostPort freeAddress() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new HostPort("127.0.0.1", socket.getLocalPort());
        }
    }

    private void start(String cluster, long id, HostPort raft, Map<Long, String> members) throws IOException {
        var http = ApiOptions.loopback(0);
        var settings = new RaftSettings(
                cluster,
                id,
                folder.resolve("node-" + id),
                raft.toString(),
                "127.0.0.1:0",
                new TreeMap<>(members),
                null);
        nodes.put(id, PeriluneNode.start(settings, http, cause -> failures.put(id, cause)));
    }

    private Api api(long id) {
        return new Api("http://127.0.0.1:" + nodes.get(id).http().getPort());
    }

    private void join(long id, long through) throws Exception {
        var raft = freeAddress();
        var name = new Joining(api(through)).join(id, raft, new HostPort("127.0.0.1", 0));
        start(name, id, raft, Map.of());
    }

    private List<Long> voters(long through) throws Exception {
        var ids = new ArrayList<Long>();
        for (JsonNode member : api(through).get("/v1/cluster").body().path("members")) {
            if (member.path("voter").asBoolean()) {
                ids.add(member.path("id").asLong());
            }
        }
        return ids;
    }

    private long leader(long through) throws Exception {
        return api(through).get("/v1/cluster").body().path("leader").asLong();
    }

    private HttpResponse<String> remove(long id, long through) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(api(through).url() + "/v1/cluster/members/" + id))
                .DELETE()
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    private void begin() throws Exception {
        var raft = freeAddress();
        start("moons", 1, raft, Map.of(1L, raft.toString()));
    }

    private void grow() throws Exception {
        begin();
        await().atMost(LONG).until(() -> leader(1) == 1);
        join(2, 1);
        await().atMost(LONG).until(() -> voters(1).equals(List.of(1L, 2L)));
        join(3, 2);
        await().atMost(LONG).until(() -> voters(3).equals(List.of(1L, 2L, 3L)));
    }

    @Test
    void one_node_becomes_three_and_then_loses_its_leader_by_request() throws Exception {
        grow();
        var script = "function commands.put(v) put(\"k\", v) end function queries.k() return get(\"k\") end";
        assertThat(api(3).put(
                                "/v1/machines/m/script",
                                "text/x-lua",
                                script.getBytes(java.nio.charset.StandardCharsets.UTF_8))
                        .status())
                .isEqualTo(201);
        assertThat(api(2).post("/v1/machines/m/commands/put", "41").status()).isEqualTo(200);
        var leader = leader(2);

        var removed = remove(leader, leader);

        assertThat(removed.statusCode()).as(removed.body()).isEqualTo(200);
        await().atMost(LONG).until(() -> failures.containsKey(leader));
        assertThat(failures.get(leader)).hasMessageContaining("removed from the cluster");
        nodes.remove(leader).close();
        var left = nodes.keySet().iterator().next();
        assertThat(api(left)
                        .get("/v1/machines/m/queries/k")
                        .body()
                        .path("result")
                        .asInt())
                .isEqualTo(41);
        assertThat(voters(left)).containsExactlyElementsOf(nodes.keySet());
        assertThatThrownBy(() -> new Joining(api(left)).join(leader, freeAddress(), freeAddress()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("does not take node " + leader)
                .hasMessageContaining("never used again");
        assertThat(remove(leader, left).statusCode()).isEqualTo(404);
    }

    @Test
    void a_node_that_was_taken_in_and_did_not_start_may_ask_again() throws Exception {
        begin();
        await().atMost(LONG).until(() -> leader(1) == 1);
        var raft = freeAddress();
        var http = new HostPort("127.0.0.1", 7070);

        assertThat(new Joining(api(1)).join(2, raft, http)).isEqualTo("moons");
        assertThat(new Joining(api(1)).join(2, raft, http)).isEqualTo("moons");

        var members = api(1).get("/v1/cluster").body().path("members");
        assertThat(StreamSupport.stream(members.spliterator(), false)
                        .map(member -> member.path("http").asText()))
                .contains("127.0.0.1:7070");
        assertThatThrownBy(() -> new Joining(api(1)).join(3, raft, http))
                .hasMessageContaining(raft + " is that of node 2");
    }
}
