package io.perilune.raft.node;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;

/**
 * How many commands three servers in this process, over sockets and with their logs on the disk, take from a number of
 * proposers on each. Run {@code ThroughputMeasure [OPEN] [SECONDS] [BYTES]} with the test class path.
 */
public final class ThroughputMeasure {
    private ThroughputMeasure() {}

    public static void main(String[] args) throws Exception {
        int open = args.length > 0 ? Integer.parseInt(args[0]) : 256;
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        int bytes = args.length > 2 ? Integer.parseInt(args[2]) : 256;
        Path directory = Files.createTempDirectory(Path.of("target"), "throughput");
        try (Cluster cluster = Cluster.overHttp(directory, 3, options -> options)) {
            long leader = cluster.awaitLeader();
            run(cluster, leader, open, 2, bytes, "warm-up");
            run(cluster, leader, open, seconds, bytes, "on the leader");
            run(cluster, cluster.followers().get(0), open, seconds, bytes, "on a follower");
            run(cluster, leader, 1, seconds, bytes, "one at a time on the leader");
            RaftMetrics metrics = cluster.server(leader).metrics();
            System.out.printf(
                    Locale.ROOT,
                    "leader: %d entries in %d forces, %.0f us a force%n",
                    metrics.entriesStored(),
                    metrics.forces(),
                    metrics.forceNanos() / 1e3 / Math.max(metrics.forces(), 1));
        }
    }

    private static void run(Cluster cluster, long node, int open, int seconds, int bytes, String what)
            throws InterruptedException {
        Semaphore slots = new Semaphore(open);
        LongAdder applied = new LongAdder();
        LongAdder others = new LongAdder();
        List<Long> nanos = new ArrayList<>();
        long start = System.nanoTime();
        while (System.nanoTime() - start < seconds * 1_000_000_000L) {
            slots.acquire();
            long began = System.nanoTime();
            cluster.server(node).propose(new byte[bytes], 10_000).thenAccept(outcome -> {
                (outcome instanceof ProposalOutcome.Applied ? applied : others).increment();
                synchronized (nanos) {
                    nanos.add(System.nanoTime() - began);
                }
                slots.release();
            });
        }
        slots.acquire(open);
        double elapsed = (System.nanoTime() - start) / 1e9;
        nanos.sort(null);
        System.out.printf(
                Locale.ROOT,
                "%s, %d open: %.0f/s, p50 %.2f ms, p99 %.2f ms, %d not applied%n",
                what,
                open,
                applied.sum() / elapsed,
                nanos.get(nanos.size() / 2) / 1e6,
                nanos.get(nanos.size() * 99 / 100) / 1e6,
                others.sum());
    }
}
