package io.perilune.raft.node;

import static org.awaitility.Awaitility.await;

import io.perilune.raft.storage.SnapshotStore;
import io.perilune.raft.storage.WalOptions;
import io.perilune.raft.transport.HttpTransport;
import io.perilune.raft.transport.LinkOptions;
import io.perilune.raft.transport.MemoryNetwork;
import io.perilune.raft.transport.Transport;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Servers in this process, with real disks, over a network in memory or over real sockets. */
final class Cluster implements AutoCloseable {
    static final long TIMEOUT_MILLIS = 20_000;
    private static final WalOptions SMALL_LOG =
            WalOptions.DEFAULT.withSegmentBytes(1 << 20).withReserveBytes(0);

    private final Path directory;
    private final TreeMap<Long, String> members = new TreeMap<>();
    private final UnaryOperator<RaftOptions> tuning;
    final @Nullable MemoryNetwork network;
    final Map<Long, RaftServer> servers = new TreeMap<>();
    final Map<Long, Journal> journals = new TreeMap<>();
    final Map<Long, FaultyFiles> disks = new TreeMap<>();
    final Map<Long, Throwable> failures = new ConcurrentHashMap<>();

    private Cluster(Path directory, int size, @Nullable MemoryNetwork network, UnaryOperator<RaftOptions> tuning)
            throws IOException {
        this.directory = directory;
        this.network = network;
        this.tuning = tuning;
        for (long id = 1; id <= size; id++) {
            members.put(id, network == null ? freeAddress() : "memory:" + id);
        }
    }

    static Cluster inMemory(Path directory, int size) throws IOException {
        return inMemory(directory, size, options -> options);
    }

    static Cluster inMemory(Path directory, int size, UnaryOperator<RaftOptions> tuning) throws IOException {
        return new Cluster(directory, size, new MemoryNetwork(), tuning).startAll();
    }

    static Cluster overHttp(Path directory, int size, UnaryOperator<RaftOptions> tuning) throws IOException {
        return new Cluster(directory, size, null, tuning).startAll();
    }

    private static String freeAddress() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return "127.0.0.1:" + socket.getLocalPort();
        }
    }

    private Cluster startAll() throws IOException {
        for (long id : members.keySet()) {
            start(id);
        }
        return this;
    }

    RaftServer start(long id) throws IOException {
        return start(id, members.getOrDefault(id, "memory:" + id), members);
    }

    /** Starts a node that knows nobody, at an address of its own, and waits to be contacted. */
    RaftServer startJoining(long id) throws IOException {
        if (!members.containsKey(id)) {
            members.put(id, network == null ? freeAddress() : "memory:" + id);
        }
        return start(id, address(id), Map.of());
    }

    /** Starts a node as the only one of a cluster. */
    RaftServer startAlone(long id) throws IOException {
        return start(id, address(id), Map.of(id, address(id)));
    }

    String address(long id) {
        return Objects.requireNonNull(members.get(id));
    }

    /** Deletes everything that a stopped node had. */
    void wipe(long id) throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("node-" + id))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private RaftServer start(long id, String address, Map<Long, String> initial) throws IOException {
        Journal journal = new Journal();
        FaultyFiles disk = new FaultyFiles();
        RaftOptions options = tuning.apply(RaftOptions.of("test", id, directory.resolve("node-" + id), address, initial)
                .withHttpAddress("http-" + id + ":80"));
        RaftServer server = RaftServer.start(
                options,
                journal,
                failure -> failures.put(id, failure),
                Environment.real().withFiles(disk).withWal(SMALL_LOG).withTransports(this::transport));
        disks.put(id, disk);
        journals.put(id, journal);
        servers.put(id, server);
        return server;
    }

    private Transport transport(RaftOptions options, SnapshotStore store) throws IOException {
        return network != null
                ? network.attach(options.nodeId(), options.httpAddress(), store)
                : HttpTransport.bind(
                        options.clusterId(),
                        options.nodeId(),
                        options.raftAddress(),
                        options.httpAddress(),
                        store,
                        LinkOptions.DEFAULT);
    }

    void stop(long id) {
        RaftServer server = servers.remove(id);
        if (server != null) {
            server.close();
        }
    }

    RaftServer server(long id) {
        return servers.get(id);
    }

    Journal journal(long id) {
        return journals.get(id);
    }

    /** The leader that a majority of the running servers agree on. */
    long awaitLeader() {
        return await().atMost(Duration.ofMillis(TIMEOUT_MILLIS))
                .pollInterval(Duration.ofMillis(5))
                .until(this::leader, leader -> leader != 0);
    }

    private long leader() {
        for (RaftServer candidate : servers.values()) {
            ServerStatus status = candidate.status();
            long followers = servers.values().stream()
                    .filter(server -> server.status().leader() == status.nodeId()
                            && server.status().term() == status.term())
                    .count();
            if (status.role() == ServerStatus.Role.LEADER && followers > servers.size() / 2) {
                return status.nodeId();
            }
        }
        return 0;
    }

    List<Long> followers() {
        long leader = awaitLeader();
        return servers.keySet().stream().filter(id -> id != leader).toList();
    }

    CompletableFuture<ProposalOutcome> propose(long node, String command) {
        return server(node).propose(command.getBytes(StandardCharsets.UTF_8), TIMEOUT_MILLIS);
    }

    ProposalOutcome outcome(long node, String command) throws Exception {
        return get(propose(node, command));
    }

    static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(TIMEOUT_MILLIS + 5_000, TimeUnit.MILLISECONDS);
    }

    /** Until every running server has applied exactly the same commands, as many as the longest. */
    List<String> awaitAgreement() {
        await().atMost(Duration.ofMillis(TIMEOUT_MILLIS)).until(() -> {
            long leader = leader();
            long commit = leader == 0 ? -1 : server(leader).status().commit();
            return servers.values().stream().allMatch(server -> server.status().applied() == commit);
        });
        List<List<String>> distinct = servers.keySet().stream()
                .map(id -> journal(id).commands())
                .distinct()
                .toList();
        if (distinct.size() != 1) {
            throw new AssertionError("the servers differ: " + distinct);
        }
        return distinct.get(0);
    }

    @Override
    public void close() {
        List.copyOf(servers.keySet()).forEach(this::stop);
    }
}
