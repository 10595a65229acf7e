package io.perilune.torture;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.perilune.cli.local.LocalCluster;
import io.perilune.cli.local.NodeProcess;
import io.perilune.cli.local.PauseMeter;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * How long writes pause when the leader goes: three processes on loopback with default timings, and for each node one
 * client that sends one command after another to it. The leader is killed (SIGKILL), or asked to end (SIGTERM), again and
 * again; the pause is the longest time around it in which none of the surviving nodes' clients got an answer. Then the
 * cluster is left under full load, and elections in that time are counted: there should be none.
 *
 * <p>Arguments: how many times each signal (20), and seconds of load (60).
 */
public final class FailoverMeasure {
    private static final int NODES = 3;
    private static final int LOAD_CLIENTS_PER_NODE = 16;
    private static final long SETTLE_MILLIS = 1_000;
    private static final long WATCH_MILLIS = 2_500;
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);

    private FailoverMeasure() {}

    public static void main(String[] arguments) throws Exception {
        int times = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 20;
        int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 60;
        try (var cluster = new LocalCluster(LocalCluster.onLoopback(NODES), ANSWER_TIMEOUT)) {
            cluster.start();
            var script = "function apply(c) put('n', (get('n') or 0) + 1) end".getBytes(UTF_8);
            cluster.node(1).api().put("/v1/machines/pause/script", "text/x-lua", script);
            measure(cluster, "SIGKILL", NodeProcess::kill, times);
            measure(cluster, "SIGTERM", NodeProcess::terminate, times);
            load(cluster, seconds);
        }
    }

    private interface Signal {
        void send(NodeProcess node) throws IOException, InterruptedException;
    }

    private static void measure(LocalCluster cluster, String name, Signal signal, int times) throws Exception {
        var pauses = new ArrayList<Long>();
        for (int i = 1; i <= times; i++) {
            var victim = cluster.node(cluster.awaitLeader(cluster.nodes(), 0));
            var rest = cluster.nodes().stream().filter(node -> node != victim).toList();
            var answers = Answers.of(rest, 1);
            Thread.sleep(SETTLE_MILLIS);
            signal.send(victim);
            Thread.sleep(WATCH_MILLIS);
            long pause = answers.stop();
            pauses.add(pause);
            System.out.printf(Locale.ROOT, "%s %2d of %d: writes paused for %3d ms%n", name, i, times, pause);
            victim.start();
            cluster.awaitReady();
        }
        Collections.sort(pauses);
        System.out.printf(
                Locale.ROOT,
                "%s, %d times, ms: min %d, median %d, p90 %d, max %d; all: %s%n",
                name,
                times,
                pauses.get(0),
                pauses.get(times / 2),
                pauses.get(times * 9 / 10),
                pauses.get(times - 1),
                pauses);
    }

    private static void load(LocalCluster cluster, int seconds) throws Exception {
        long before = term(cluster);
        var answers = Answers.of(cluster.nodes(), LOAD_CLIENTS_PER_NODE);
        Thread.sleep(seconds * 1_000L);
        long longest = answers.stop();
        System.out.printf(
                Locale.ROOT,
                "%d s of load by %d clients: %d commands a second, longest pause %d ms, %d elections%n",
                seconds,
                NODES * LOAD_CLIENTS_PER_NODE,
                answers.count() / Math.max(1, seconds),
                longest,
                term(cluster) - before);
    }

    private static long term(LocalCluster cluster) throws IOException, InterruptedException {
        return cluster.node(1).api().get("/v1/cluster").body().path("term").asLong();
    }

    /** Clients that send command after command, and the moments of their answers. */
    private static final class Answers {
        private final List<Thread> threads = new ArrayList<>();
        private final PauseMeter meter = new PauseMeter();
        private volatile boolean stopping;

        static Answers of(List<NodeProcess> nodes, int clientsPerNode) {
            var answers = new Answers();
            for (var node : nodes) {
                IntStream.range(0, clientsPerNode)
                        .forEach(i -> answers.threads.add(new Thread(() -> answers.send(node))));
            }
            answers.threads.forEach(Thread::start);
            return answers;
        }

        private void send(NodeProcess node) {
            try {
                while (!stopping) {
                    try {
                        if (node.api()
                                .post("/v1/machines/pause/commands?timeout=4000", "null")
                                .succeeded()) {
                            meter.answered();
                        }
                    } catch (IOException lost) {
                        Thread.sleep(1);
                    }
                }
            } catch (InterruptedException asked) {
                Thread.currentThread().interrupt();
            }
        }

        /** @return the longest time without an answer, in milliseconds */
        long stop() throws InterruptedException {
            long longest = meter.longestMillis();
            stopping = true;
            for (var thread : threads) {
                thread.join();
            }
            return longest;
        }

        long count() {
            return meter.answers();
        }
    }
}
