package io.perilune.torture;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.perilune.cli.local.NodeProcess;
import io.perilune.client.Api;
import io.perilune.raft.linearizability.KeyOperation;
import io.perilune.raft.linearizability.KeyOperation.Add;
import io.perilune.raft.linearizability.KeyOperation.CompareAndSet;
import io.perilune.raft.linearizability.KeyOperation.Read;
import io.perilune.raft.linearizability.KeyOperation.Write;
import io.perilune.raft.linearizability.Operation;
import java.io.IOException;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Clients that read, write, compare and add through random nodes, and write down what they were told and when. A command
 * that may have happened is sent again under its idempotency key until its client loses patience, some at once and some
 * after seconds; then its fate stays unknown.
 */
final class Clients {
    static final String MACHINE = "numbers";

    private static final long MOST_PATIENCE_NANOS = 6_000_000_000L;
    /** One in so many operations is sent once only. */
    private static final int IMPATIENT = 4;

    private static final long RETRY_MILLIS = 30;
    private static final long THINK_MILLIS = 4;
    private static final int KEYS = 5;
    /** After so long new keys come into use, which keeps the history of each short enough to be decided. */
    private static final long KEYS_CHANGE_NANOS = 5_000_000_000L;

    private final List<NodeProcess> nodes;
    private final long seed;
    private final long start = System.nanoTime();
    private final List<Thread> threads;
    private volatile boolean stopping;

    // Guarded by this.
    private final List<Operation<KeyOperation, Long>> history = new ArrayList<>();
    private final TreeSet<String> applied = new TreeSet<>();
    private final TreeSet<String> unknown = new TreeSet<>();
    private final TreeSet<String> notApplied = new TreeSet<>();

    private final AtomicReference<@Nullable String> surprise = new AtomicReference<>();

    Clients(List<NodeProcess> nodes, int count, long seed) {
        this.nodes = nodes;
        this.seed = seed;
        this.threads = IntStream.range(0, count)
                .mapToObj(number -> new Thread(() -> run(number), "client-" + number))
                .toList();
    }

    void start() {
        threads.forEach(thread -> thread.setDaemon(true));
        threads.forEach(Thread::start);
    }

    /** No new operations; those under way are ended. */
    void stop() throws InterruptedException {
        stopping = true;
        for (var thread : threads) {
            thread.join();
        }
    }

    synchronized List<Operation<KeyOperation, Long>> history() {
        return List.copyOf(history);
    }

    /** Refs of commands that were answered. */
    synchronized TreeSet<String> applied() {
        return new TreeSet<>(applied);
    }

    /** Refs of commands whose fate their client does not know. */
    synchronized TreeSet<String> unknown() {
        return new TreeSet<>(unknown);
    }

    /** Refs of commands that were refused each time they were sent. */
    synchronized TreeSet<String> notApplied() {
        return new TreeSet<>(notApplied);
    }

    /** An answer that nothing should get, or null. */
    @Nullable
    String surprise() {
        return surprise.get();
    }

    private void run(int number) {
        var random = new SplittableRandom(seed + number);
        try {
            for (int n = 0; !stopping; n++) {
                long round = (System.nanoTime() - start) / KEYS_CHANGE_NANOS;
                var key = "k" + round + "-" + random.nextInt(KEYS);
                perform(number, "c" + number + "-" + n, any(key, random), random);
                Thread.sleep(THINK_MILLIS);
            }
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
        }
    }

    /** Amounts and values are few: sums then say much, and a search has few to try. */
    private static KeyOperation any(String key, SplittableRandom random) {
        return switch (random.nextInt(10)) {
            case 0, 1, 2, 3 -> new Add(key, 1 + random.nextInt(2));
            case 4 -> new Write(key, random.nextInt(1_000_000));
            case 5 -> new CompareAndSet(key, random.nextInt(4), random.nextInt(100));
            default -> new Read(key);
        };
    }

    /** What one sending came to. */
    private sealed interface Sent {
        record Answered(long answer) implements Sent {}

        record Refused() implements Sent {}

        record Unknown() implements Sent {}
    }

    private void perform(int client, String ref, KeyOperation input, SplittableRandom random)
            throws InterruptedException {
        long patience = random.nextInt(IMPATIENT) == 0 ? 0 : random.nextLong(MOST_PATIENCE_NANOS);
        long called = System.nanoTime();
        boolean mayHaveHappened = false;
        do {
            var sent = send(nodes.get(random.nextInt(nodes.size())), ref, input);
            if (sent instanceof Sent.Answered answered) {
                record(new Operation<>(client, called, System.nanoTime(), input, answered.answer()), ref);
                return;
            }
            mayHaveHappened |= sent instanceof Sent.Unknown;
            Thread.sleep(RETRY_MILLIS);
        } while (System.nanoTime() - called < patience);
        if (mayHaveHappened) {
            record(new Operation<>(client, called, Operation.NEVER, input, 0L), ref);
        } else if (!(input instanceof Read)) {
            synchronized (this) {
                notApplied.add(ref);
            }
        }
    }

    private synchronized void record(Operation<KeyOperation, Long> operation, String ref) {
        if (operation.input() instanceof Read && !operation.answered()) {
            return;
        }
        history.add(operation);
        if (!(operation.input() instanceof Read)) {
            (operation.answered() ? applied : unknown).add(ref);
        }
    }

    private Sent send(NodeProcess node, String ref, KeyOperation input) throws InterruptedException {
        try {
            var answer = input instanceof Read read
                    ? node.api().get("/v1/machines/" + MACHINE + "/queries/read?timeout=2000&key=" + read.key())
                    : node.api().post(path(input), body(ref, input).toString(), "Idempotency-Key", ref);
            return judge(answer, ref, input);
        } catch (ConnectException nobodyThere) {
            return new Sent.Refused();
        } catch (IOException lost) {
            return new Sent.Unknown();
        }
    }

    private Sent judge(Api.Answer answer, String ref, KeyOperation input) {
        if (answer.succeeded()) {
            return new Sent.Answered(answer.body().path("result").asLong(Long.MIN_VALUE));
        }
        if (answer.status() == 503) {
            return new Sent.Refused();
        }
        if (answer.status() != 504) {
            surprise.compareAndSet(null, input + " " + ref + " was answered " + answer.status() + " " + answer.body());
        }
        return new Sent.Unknown();
    }

    private static String path(KeyOperation input) {
        String name = input instanceof Write ? "write" : input instanceof Add ? "add" : "swap";
        return "/v1/machines/" + MACHINE + "/commands/" + name + "?timeout=2000";
    }

    private static ObjectNode body(String ref, KeyOperation input) {
        var body = Api.JSON.createObjectNode().put("ref", ref).put("key", input.key());
        if (input instanceof Write write) {
            body.put("value", write.value());
        } else if (input instanceof Add add) {
            body.put("amount", add.amount());
        } else if (input instanceof CompareAndSet swap) {
            body.put("expected", swap.expected()).put("value", swap.value());
        }
        return body;
    }
}
