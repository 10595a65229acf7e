package io.perilune.cli.demo;

import io.perilune.cli.local.LocalCluster;
import io.perilune.cli.local.NodeProcess;
import io.perilune.cli.terminal.Console;
import io.perilune.client.Api;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Three nodes, a bank, clients, a leader that is killed and comes back, and an audit. Leaves no process and no file
 * behind, however it ends.
 */
public final class Demo implements AutoCloseable {
    private static final int NODES = 3;
    private static final int ACCOUNTS = 20;
    private static final long OPENING_BALANCE = 1_000;
    private static final int CLIENTS = 8;
    private static final long GRACE_MILLIS = 10_000;
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(15);

    /**
     * How long the clients work, in milliseconds: before the leader is killed, without it, and after it is back.
     */
    public record Pace(long beforeKillMillis, long withoutMillis, long afterRestartMillis) {
        public static final Pace TO_WATCH = new Pace(4_000, 4_000, 4_000);
    }

    private final Console console;
    private final Pace pace;
    private final String script;
    private final LocalCluster cluster;
    private final List<NodeProcess> nodes;
    private final long startNanos = System.nanoTime();

    /** @param script the text of {@code bank.lua} */
    public Demo(Console console, Pace pace, String script) throws IOException {
        this.console = console;
        this.pace = pace;
        this.script = script;
        this.cluster = new LocalCluster(LocalCluster.onLoopback(NODES), ANSWER_TIMEOUT);
        this.nodes = cluster.nodes();
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
        return cluster.folder();
    }

    /** Every process that was started. */
    List<ProcessHandle> processes() {
        return cluster.processes();
    }

    private void startNodes() throws IOException, InterruptedException {
        say("starting " + NODES + " nodes, each a process with a disk of its own under " + cluster.folder());
        cluster.start();
        long leader = cluster.awaitLeader(nodes, 0);
        for (var node : nodes) {
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
        long leaderId = cluster.awaitLeader(nodes, 0);
        var leader = cluster.node(leaderId);
        transfers.pauses().reset();
        leader.kill();
        long killed = System.nanoTime();
        say(console.red("SIGKILL") + " to node " + leaderId + ", the leader, in the middle of it");
        var rest = nodes.stream().filter(node -> node != leader).toList();
        long successor = cluster.awaitLeader(rest, leaderId);
        say("  node " + successor + " leads now, " + millisSince(killed) + " ms later");
        Thread.sleep(pace.withoutMillis());
        say("  writes had paused for " + console.bold(transfers.pauses().longestMillis() + " ms") + "; "
                + transfers.booked().size() + " acknowledged so far");
        long restarted = System.nanoTime();
        leader.start();
        say("node " + leaderId + " starts again over the same disk");
        cluster.awaitReady(leader);
        say("  it is back and has caught up, after " + millisSince(restarted) + " ms");
    }

    private boolean verdict(Transfers transfers) throws IOException, InterruptedException {
        say(transfers.booked().size() + " transfers acknowledged, "
                + transfers.rejected().size()
                + " refused for lack of funds, " + transfers.open().size() + " unknown, " + transfers.retries()
                + " sent again, " + transfers.replayed() + " of those answered from memory");
        var audit = new Audit(cluster, OPENING_BALANCE);
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

    /** Kills what runs and deletes what was written. May be called from any thread, and more than once. */
    @Override
    public void close() {
        cluster.close();
    }
}
