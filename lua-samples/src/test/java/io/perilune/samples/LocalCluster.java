package io.perilune.samples;

import io.perilune.client.Api;
import io.perilune.engine.raft.RaftSettings;
import io.perilune.http.ApiOptions;
import io.perilune.server.PeriluneNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Three real nodes in this process: real disks, real sockets, the real API. */
final class LocalCluster implements AutoCloseable {
    private static final int NODES = 3;
    private static final long PATIENCE_MILLIS = 60_000;

    private final List<PeriluneNode> nodes = new ArrayList<>();
    private final List<Api> apis = new ArrayList<>();

    LocalCluster(Path folder) throws IOException {
        var members = new TreeMap<Long, String>();
        var held = new ArrayList<ServerSocket>();
        for (long id = 1; id <= NODES; id++) {
            // Held until all are known, so that no two are the same.
            held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            members.put(id, "127.0.0.1:" + held.get(held.size() - 1).getLocalPort());
        }
        for (var socket : held) {
            socket.close();
        }
        for (var member : members.entrySet()) {
            var data = folder.resolve("node-" + member.getKey());
            var settings =
                    new RaftSettings("samples", member.getKey(), data, member.getValue(), "127.0.0.1:0", members, null);
            var node = PeriluneNode.start(settings, ApiOptions.loopback(0), Throwable::printStackTrace);
            nodes.add(node);
            apis.add(new Api("http://127.0.0.1:" + node.http().getPort()));
        }
    }

    /** Any of them, counted on from whichever was used last. */
    Api node(int number) {
        return apis.get(number % NODES);
    }

    void awaitReady() throws IOException, InterruptedException {
        for (var api : apis) {
            var unused = await(() -> api.get("/readyz").succeeded() ? "ready" : null, "readiness of " + api.url());
        }
    }

    void deploy(String machine, String file) throws IOException, InterruptedException {
        var answer =
                node(0).put("/v1/machines/" + machine + "/script", "text/x-lua", Files.readAllBytes(Path.of(file)));
        if (!answer.succeeded()) {
            throw new IOException(file + ": " + answer.status() + " " + answer.body());
        }
    }

    /** The hash that all nodes have at the same index. */
    String agreedHash(String machine) throws IOException, InterruptedException {
        return await(
                () -> {
                    var seen = new ArrayList<String>();
                    for (var api : apis) {
                        var body = api.get("/v1/machines/" + machine + "?consistency=local")
                                .body();
                        seen.add(body.path("index").asText() + " "
                                + body.path("hash").asText("absent"));
                    }
                    return seen.stream().distinct().count() == 1 && !seen.get(0).contains("absent")
                            ? seen.get(0)
                            : null;
                },
                "one hash of " + machine);
    }

    private interface Probe {
        String look() throws IOException, InterruptedException;
    }

    private static String await(Probe probe, String what) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
        while (System.nanoTime() < deadline) {
            var seen = probe.look();
            if (seen != null) {
                return seen;
            }
            Thread.onSpinWait();
        }
        throw new IOException("waited in vain for " + what);
    }

    @Override
    public void close() {
        nodes.forEach(PeriluneNode::close);
    }
}
