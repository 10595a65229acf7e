package io.perilune.cli.demo;

import io.perilune.cli.local.NodeProcess;
import io.perilune.cli.local.PauseMeter;
import io.perilune.client.Api;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Clients that move money between random accounts through random nodes, each transfer with an idempotency key, and send
 * it again with the same key until they know what became of it.
 */
final class Transfers {
    /** Keeps the journal at a size that a demonstration can read back. */
    private static final long PAUSE_MILLIS = 5;

    private static final long RETRY_MILLIS = 20;

    private final List<NodeProcess> nodes;
    private final int accounts;
    private final long seed;
    private final List<Thread> threads = new ArrayList<>();

    private final ConcurrentSkipListSet<String> booked = new ConcurrentSkipListSet<>();
    private final ConcurrentSkipListSet<String> rejected = new ConcurrentSkipListSet<>();
    private final ConcurrentSkipListSet<String> open = new ConcurrentSkipListSet<>();
    private final AtomicLong retries = new AtomicLong();
    private final AtomicLong replayed = new AtomicLong();
    private final AtomicReference<@Nullable String> surprise = new AtomicReference<>();
    private final PauseMeter pauses = new PauseMeter();
    private volatile boolean stopping;
    private volatile long deadline = Long.MAX_VALUE;

    Transfers(List<NodeProcess> nodes, int accounts, int clients, long seed) {
        this.nodes = List.copyOf(nodes);
        this.accounts = accounts;
        this.seed = seed;
        for (int client = 0; client < clients; client++) {
            int number = client;
            threads.add(new Thread(() -> runClient(number), "client-" + client));
        }
    }

    void start() {
        threads.forEach(thread -> thread.setDaemon(true));
        threads.forEach(Thread::start);
    }

    /** No new transfers; those under way are sent again until answered or {@code graceMillis} are over. */
    void stop(long graceMillis) throws InterruptedException {
        deadline = System.nanoTime() + graceMillis * 1_000_000;
        stopping = true;
        for (var thread : threads) {
            thread.join();
        }
    }

    /** Transfers that were answered with a result. */
    ConcurrentSkipListSet<String> booked() {
        return booked;
    }

    /** Transfers that the script refused. */
    ConcurrentSkipListSet<String> rejected() {
        return rejected;
    }

    /** Transfers whose fate their client does not know. */
    ConcurrentSkipListSet<String> open() {
        return open;
    }

    long retries() {
        return retries.get();
    }

    long replayed() {
        return replayed.get();
    }

    PauseMeter pauses() {
        return pauses;
    }

    /** An answer that no transfer should get, or null. */
    @Nullable
    String surprise() {
        return surprise.get();
    }

    private void runClient(int number) {
        var random = new SplittableRandom(seed + number);
        try {
            for (int n = 0; !stopping; n++) {
                transfer("t" + number + "-" + n, random);
                Thread.sleep(PAUSE_MILLIS);
            }
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
        }
    }

    private void transfer(String ref, SplittableRandom random) throws InterruptedException {
        int from = random.nextInt(accounts);
        int to = (from + 1 + random.nextInt(accounts - 1)) % accounts;
        var body = Api.JSON
                .createObjectNode()
                .put("from", "a" + from)
                .put("to", "a" + to)
                .put("amount", 1 + random.nextInt(20))
                .put("ref", ref)
                .toString();
        open.add(ref);
        for (int attempt = 0; System.nanoTime() < deadline; attempt++) {
            if (attempt > 0) {
                retries.incrementAndGet();
                Thread.sleep(RETRY_MILLIS);
            }
            var node = nodes.get(random.nextInt(nodes.size()));
            if (settled(ref, send(node, body, ref))) {
                open.remove(ref);
                return;
            }
        }
    }

    private Api.@Nullable Answer send(NodeProcess node, String body, String ref) throws InterruptedException {
        try {
            return node.api().post("/v1/machines/bank/commands/transfer?timeout=3000", body, "Idempotency-Key", ref);
        } catch (IOException down) {
            return null;
        }
    }

    private boolean settled(String ref, Api.@Nullable Answer answer) {
        if (answer == null || answer.status() >= 500) {
            return false;
        }
        pauses.answered();
        if (!answer.header("Idempotent-Replayed").isEmpty()) {
            replayed.incrementAndGet();
        }
        if (answer.succeeded()) {
            booked.add(ref);
        } else if ("INSUFFICIENT_FUNDS".equals(answer.body().path("code").asText())) {
            rejected.add(ref);
        } else {
            surprise.compareAndSet(null, "transfer " + ref + " was answered " + answer.status() + " " + answer.body());
        }
        return true;
    }
}
