package io.perilune.server;

import io.perilune.client.PeriluneClient;
import io.perilune.engine.raft.RaftSettings;
import io.perilune.http.ApiOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Whole nodes in this process, on loopback, at ports that stay theirs. */
public final class Nodes implements AutoCloseable {
    private final Path folder;
    private final @Nullable SSLContext api;
    private final @Nullable SSLContext peers;
    private final TreeMap<Long, Integer> http = new TreeMap<>();
    private final TreeMap<Long, String> raft = new TreeMap<>();
    private final Map<Long, PeriluneNode> running = new TreeMap<>();

    private Nodes(Path folder, @Nullable SSLContext api, @Nullable SSLContext peers) {
        this.folder = folder;
        this.api = api;
        this.peers = peers;
    }

    public static Nodes start(Path folder, int count) throws IOException {
        return start(folder, count, null, null);
    }

    /** @param api serves HTTPS, if there is one; {@code peers} is for mutual TLS between the nodes */
    public static Nodes start(Path folder, int count, @Nullable SSLContext api, @Nullable SSLContext peers)
            throws IOException {
        var nodes = new Nodes(folder, api, peers);
        for (long id = 1; id <= count; id++) {
            nodes.http.put(id, freePort());
            nodes.raft.put(id, "127.0.0.1:" + freePort());
        }
        for (long id = 1; id <= count; id++) {
            nodes.start(id);
        }
        return nodes;
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    public void start(long id) throws IOException {
        var options = new ApiOptions(
                "127.0.0.1",
                http.get(id),
                false,
                "test",
                api,
                folder.resolve("spool-" + id),
                ApiOptions.Bounds.DEFAULT);
        var settings = new RaftSettings(
                "test", id, folder.resolve("node-" + id), raft.get(id), "127.0.0.1:" + http.get(id), raft, peers);
        running.put(id, PeriluneNode.start(settings, options, failure -> {}));
    }

    public void stop(long id) {
        running.remove(id).close();
    }

    public PeriluneNode node(long id) {
        return running.get(id);
    }

    public List<Long> ids() {
        return new ArrayList<>(http.keySet());
    }

    public String url(long id) {
        return (api == null ? "http" : "https") + "://127.0.0.1:" + http.get(id);
    }

    public List<String> urls() {
        return http.keySet().stream().map(this::url).toList();
    }

    public PeriluneClient client() {
        return PeriluneClient.of(urls().toArray(new String[0]));
    }

    @Override
    public void close() {
        running.values().forEach(PeriluneNode::close);
    }
}
