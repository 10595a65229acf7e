package io.perilune.cli.local;

import io.perilune.client.Api;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Some nodes as processes, over a folder of their own. Leaves no process and no file behind, however it ends. */
public final class LocalCluster implements AutoCloseable {
    private static final long START_MILLIS = 30_000;
    private static final long POLL_MILLIS = 20;

    private final Path folder;
    private final List<NodeProcess> nodes;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Where one node listens and how its process is started.
     *
     * @param launcher words before the command, such as those that enter a network namespace
     * @param options of {@code perilune start} beyond those that all nodes have
     */
    public record Place(String http, String raft, List<String> launcher, List<String> options) {}

    /** The nodes are numbered from 1 and not started. */
    public LocalCluster(List<Place> places, Duration answerTimeout) throws IOException {
        folder = Files.createTempDirectory("perilune-cluster");
        var client =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
        var peers = IntStream.rangeClosed(1, places.size())
                .mapToObj(id -> id + "=" + places.get(id - 1).raft())
                .collect(Collectors.joining(","));
        nodes = IntStream.rangeClosed(1, places.size())
                .mapToObj(id -> {
                    var place = places.get(id - 1);
                    var api = new Api(client, "http://" + place.http(), answerTimeout, null);
                    return new NodeProcess(id, place, peers, folder, api);
                })
                .toList();
    }

    /** As many places on the loopback interface, on ports that are free now. */
    public static List<Place> onLoopback(int count) throws IOException {
        var sockets = new ArrayList<ServerSocket>();
        try {
            // All are held at once, so that no two are the same.
            for (int i = 0; i < 2 * count; i++) {
                sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return IntStream.range(0, count)
                    .mapToObj(i -> new Place(
                            address(sockets.get(2 * i)), address(sockets.get(2 * i + 1)), List.of(), List.of()))
                    .toList();
        } finally {
            for (var socket : sockets) {
                socket.close();
            }
        }
    }

    private static String address(ServerSocket socket) {
        return "127.0.0.1:" + socket.getLocalPort();
    }

    /** Where the nodes keep their data and logs, until {@link #close}. */
    public Path folder() {
        return folder;
    }

    public List<NodeProcess> nodes() {
        return nodes;
    }

    /** @param id from 1 */
    public NodeProcess node(long id) {
        return nodes.get((int) id - 1);
    }

    /** Every process that was started. */
    public List<ProcessHandle> processes() {
        return nodes.stream().flatMap(node -> node.processes().stream()).toList();
    }

    /** Starts those nodes that do not run, and waits until there is a leader and all are ready. */
    public void start() throws IOException, InterruptedException {
        for (var node : nodes) {
            if (!node.running()) {
                node.start();
            }
        }
        awaitReady();
    }

    public void awaitReady() throws IOException, InterruptedException {
        awaitLeader(nodes, 0);
        for (var node : nodes) {
            awaitReady(node);
        }
    }

    /** @throws IOException if the node has stopped or is not ready in time */
    public void awaitReady(NodeProcess node) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START_MILLIS * 1_000_000;
        while (!node.ready()) {
            if (!node.running()) {
                throw new IOException("node " + node.id() + " has stopped:\n" + node.logTail());
            }
            if (System.nanoTime() > deadline) {
                throw new IOException(
                        "node " + node.id() + " is not ready after " + START_MILLIS + " ms:\n" + node.logTail());
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /**
     * Waits until one of {@code among} names a leader other than {@code not}.
     *
     * @throws IOException if that takes more than thirty seconds, or all of them have stopped
     */
    public long awaitLeader(List<NodeProcess> among, long not) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START_MILLIS * 1_000_000;
        while (System.nanoTime() < deadline) {
            for (var node : among) {
                long leader = node.running() ? node.leaderAsSeen() : 0;
                if (leader != 0 && leader != not) {
                    return leader;
                }
            }
            if (among.stream().noneMatch(NodeProcess::running)) {
                throw new IOException("no node runs:\n" + among.get(0).logTail());
            }
            Thread.sleep(POLL_MILLIS / 2);
        }
        throw new IOException("no leader after " + START_MILLIS + " ms");
    }

    /** Waits until all nodes have the same state of {@code machine} and gives index and hash of it, or nothing in time. */
    public Optional<String> awaitAgreement(String machine, long millis) throws InterruptedException {
        long deadline = System.nanoTime() + millis * 1_000_000;
        while (System.nanoTime() < deadline) {
            var seen = states(machine);
            var first = seen.firstEntry().getValue();
            if (!first.isBlank() && seen.values().stream().allMatch(first::equals)) {
                return Optional.of(first);
            }
            Thread.sleep(POLL_MILLIS);
        }
        return Optional.empty();
    }

    /** Index and hash of {@code machine} at each node; blank for nodes that do not answer. */
    public TreeMap<Integer, String> states(String machine) throws InterruptedException {
        var seen = new TreeMap<Integer, String>();
        for (var node : nodes) {
            seen.put(node.id(), stateAt(node, machine));
        }
        return seen;
    }

    private static String stateAt(NodeProcess node, String machine) throws InterruptedException {
        try {
            var state = node.api()
                    .get("/v1/machines/" + machine + "?consistency=local")
                    .body();
            return state.path("index").asText() + " " + state.path("hash").asText();
        } catch (IOException down) {
            return "";
        }
    }

    /** Kills what runs and deletes what was written. May be called from any thread, and more than once. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            for (var node : nodes) {
                node.kill();
            }
            try (var files = Files.walk(folder)) {
                for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException problem) {
            throw new UncheckedIOException("could not delete " + folder, problem);
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
        }
    }
}
