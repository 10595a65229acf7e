package io.perilune.cli.demo;

import io.perilune.cli.terminal.Console;
import io.perilune.client.Api;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Three nodes, a bank, clients, a leader that is killed and comes back, and an audit. Leaves no process and no file
 * behind, however it ends.
 */
public final class Demo implements AutoCloseable {
    private static final int NODES = 3;
    private static final int ACCOUNTS = 20;
    private static final long OPENING_BALANCE = 1_000;
    private static final int CLIENTS = 8;
    private static final long START_MILLIS = 30_000;
    private static final long GRACE_MILLIS = 10_000;
    private static final long POLL_MILLIS = 50;

    /**
     * How long the clients work, in milliseconds: before the leader is killed, without it, and after it is back.
     */
    public record Pace(long beforeKillMillis, long withoutMillis, long afterRestartMillis) {
        public static final Pace TO_WATCH = new Pace(4_000, 4_000, 4_000);
    }

    private final Console console;
    private final Pace pace;
    private final String script;
    private final Path folder;
    private final List<NodeProcess> nodes = new ArrayList<>();
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final long startNanos = System.nanoTime();
    private final AtomicBoolean closed = new AtomicBoolean();

    /** @param script the text of {@code bank.lua} */
    public Demo(Console console, Pace pace, String script) throws IOException {
        this.console = console;
        this.pace = pace;
        this.script = script;
        this.folder = Files.createTempDirectory("perilune-demo");
        var ports = freePorts(2 * NODES);
        var peers = new StringBuilder();
        for (int id = 1; id <= NODES; id++) {
            peers.append(id == 1 ? "" : ",").append(id).append("=127.0.0.1:").append(ports.get(2 * id - 1));
        }
        for (int id = 1; id <= NODES; id++) {
            nodes.add(new NodeProcess(
                    id, ports.get(2 * id - 2), ports.get(2 * id - 1), peers.toString(), folder, client));
        }
    }

    /** @return whether everything that was promised held */
    public boolean run() throws IOException, InterruptedException {
        try {
            startNodes();
            openBank();
            var transfers = new Transfers(nodes, ACCOUNTS, CLIENTS, System.nanoTime());
            say(CLIENTS + " clients move money, each transfer with an idempotency key, through whichever node");
            transfers.start();
            Thread.sleep(pace.beforeKillMillis());
            say("  " + transfers.booked().size() + " transfers acknowledged so far");
            killAndRestartLeader(transfers);
            Thread.sleep(pace.afterRestartMillis());
            say("the clients stop; those still waiting ask again until they know");
            transfers.stop(GRACE_MILLIS);
            return verdict(transfers);
        } catch (IOException | RuntimeException problem) {
            say(console.red("it went wrong: ") + problem.getMessage());
            nodes.forEach(node -> console.line("--- node " + node.id() + " ---\n" + node.logTail()));
            return false;
        }
    }

    /** Where the nodes keep their data, until {@link #close}. */
    Path folder() {
        return folder;
    }

    /** Every process that was started. */
    List<ProcessHandle> processes() {
        return nodes.stream().flatMap(node -> node.processes().stream()).toList();
    }

    private void startNodes() throws IOException, InterruptedException {
        say("starting " + NODES + " nodes, each a process with a disk of its own under " + folder);
        for (var node : nodes) {
            node.start();
        }
        long leader = awaitLeader(nodes, 0);
        for (var node : nodes) {
            await(node::ready, node, START_MILLIS);
            say("  node " + node.id() + ": pid " + node.pid() + ", "
                    + node.api().url() + (node.id() == leader ? console.bold("  leads") : ""));
        }
    }

    private void openBank() throws IOException, InterruptedException {
        var api = nodes.get(0).api();
        var deployed = api.put("/v1/machines/bank/script", "text/x-lua", script.getBytes(StandardCharsets.UTF_8));
        require(deployed, "uploading bank.lua");
        say("uploaded bank.lua: version " + deployed.body().path("version") + " at log index "
                + deployed.body().path("index"));
        for (int account = 0; account < ACCOUNTS; account++) {
            var body = "{\"name\": \"a" + account + "\", \"balance\": " + OPENING_BALANCE + "}";
            require(api.post("/v1/machines/bank/commands/open", body), "opening an account");
        }
        say("opened " + ACCOUNTS + " accounts of " + OPENING_BALANCE + " each: " + ACCOUNTS * OPENING_BALANCE
                + " in all");
    }

    private void killAndRestartLeader(Transfers transfers) throws IOException, InterruptedException {
        long leaderId = awaitLeader(nodes, 0);
        var leader = nodes.get((int) leaderId - 1);
        transfers.pauses().reset();
        leader.kill();
        long killed = System.nanoTime();
        say(console.red("SIGKILL") + " to node " + leaderId + ", the leader, in the middle of it");
        var rest = nodes.stream().filter(node -> node != leader).toList();
        long successor = awaitLeader(rest, leaderId);
        say("  node " + successor + " leads now, " + millisSince(killed) + " ms later");
        Thread.sleep(pace.withoutMillis());
        say("  writes had paused for " + console.bold(transfers.pauses().longestMillis() + " ms") + "; "
                + transfers.booked().size() + " acknowledged so far");
        long restarted = System.nanoTime();
        leader.start();
        say("node " + leaderId + " starts again over the same disk");
        await(leader::ready, leader, START_MILLIS);
        say("  it is back and has caught up, after " + millisSince(restarted) + " ms");
    }

    private boolean verdict(Transfers transfers) throws IOException, InterruptedException {
        say(transfers.booked().size() + " transfers acknowledged, "
                + transfers.rejected().size()
                + " refused for lack of funds, " + transfers.open().size() + " unknown, " + transfers.retries()
                + " sent again, " + transfers.replayed() + " of those answered from memory");
        var audit = new Audit(nodes, OPENING_BALANCE);
        long sum = audit.accounts(transfers, ACCOUNTS);
        var hash = audit.hashes();
        var faults = new ArrayList<>(audit.faults());
        var surprise = transfers.surprise();
        if (surprise != null) {
            faults.add(surprise);
        }
        if (transfers.booked().isEmpty()) {
            faults.add("no transfer was acknowledged at all");
        }
        if (faults.isEmpty()) {
            say(console.green("ok") + "  all accounts together hold " + sum + ", as at the start");
            say(console.green("ok") + "  every acknowledged transfer happened exactly once, no other happened");
            say(console.green("ok") + "  all " + NODES + " nodes have the same state: index and hash " + hash);
            return true;
        }
        faults.stream().limit(20).forEach(fault -> say(console.red("WRONG") + "  " + fault));
        return false;
    }

    private interface Condition {
        boolean holds() throws InterruptedException;
    }

    private void await(Condition condition, NodeProcess node, long millis) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + millis * 1_000_000;
        while (!condition.holds()) {
            if (!node.running()) {
                throw new IOException("node " + node.id() + " has stopped");
            }
            if (System.nanoTime() > deadline) {
                throw new IOException("node " + node.id() + " is not ready after " + millis + " ms");
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** Waits until one of {@code among} names a leader other than {@code not}. */
    private static long awaitLeader(List<NodeProcess> among, long not) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START_MILLIS * 1_000_000;
        while (System.nanoTime() < deadline) {
            for (var node : among) {
                long leader = leaderAsSeenBy(node);
                if (leader != 0 && leader != not) {
                    return leader;
                }
            }
            Thread.sleep(10);
        }
        throw new IOException("no leader after " + START_MILLIS + " ms");
    }

    private static long leaderAsSeenBy(NodeProcess node) throws InterruptedException {
        try {
            return Long.parseLong("0" + node.api().get("/healthz").header("Perilune-Leader"));
        } catch (IOException | NumberFormatException notNow) {
            return 0;
        }
    }

    private static void require(Api.Answer answer, String what) throws IOException {
        if (!answer.succeeded()) {
            throw new IOException(what + " was answered " + answer.status() + " " + answer.body());
        }
    }

    private void say(String text) {
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        console.line(console.dim(String.format(Locale.ROOT, "%5.1f s  ", seconds)) + text);
    }

    private static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }

    /** Ports that are free now, all held at once so that no two are the same. */
    private static List<Integer> freePorts(int count) throws IOException {
        var sockets = new ArrayList<ServerSocket>();
        try {
            var ports = new ArrayList<Integer>();
            for (int i = 0; i < count; i++) {
                var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                sockets.add(socket);
                ports.add(socket.getLocalPort());
            }
            return ports;
        } finally {
            for (var socket : sockets) {
                socket.close();
            }
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
