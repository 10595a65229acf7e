package io.perilune.engine.bench;

import io.perilune.engine.Engine;
import io.perilune.engine.EngineOptions;
import io.perilune.engine.Reply;
import io.perilune.engine.Request;
import io.perilune.engine.Values;
import io.perilune.engine.raft.RaftReplication;
import io.perilune.raft.node.RaftOptions;
import io.perilune.raft.node.RaftOptions.SnapshotPolicy;
import io.perilune.raft.node.RaftServer;
import io.perilune.raft.node.StateMachine;
import io.perilune.scripting.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;

/**
 * What a snapshot costs. First, how long commands pause while one is taken of a state of a million keys: one client sends
 * command after command, and the longest times between two answers are printed for the time before and for that of the
 * snapshots. Then, a state of a gigabyte installs on a new member, a process of its own with a heap of 256 MiB that keeps
 * none of it.
 *
 * <p>Arguments: keys (1,000,000), megabytes of the state (1,024).
 */
public final class SnapshotMeasure {
    private static final int KEYS_PER_COMMAND = 1_000;
    private static final int SNAPSHOTS = 5;
    private static final long TIMEOUT_MILLIS = 60_000;
    private static final long BEFORE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int CHUNK_BYTES = 1 << 20;
    private static final String SCRIPT = """
            function commands.fill(a)
              for i = a.from, a.from + a.count - 1 do put('key/' .. i, { number = i, text = 'some value' }) end
            end
            function commands.add() put('n', (get('n') or 0) + 1) end
            """;

    private SnapshotMeasure() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length > 0 && arguments[0].equals("receive")) {
            receive(Path.of(arguments[1]), arguments[2]);
            return;
        }
        int keys = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
        long megabytes = arguments.length > 1 ? Long.parseLong(arguments[1]) : 1_024;
        Path base = Files.createTempDirectory("snapshot");
        pause(base.resolve("pause"), keys);
        install(base.resolve("leader"), base.resolve("follower"), megabytes << 20);
        try (var paths = Files.walk(base)) {
            for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static RaftOptions options(long id, Path directory, String address, Map<Long, String> members) {
        return RaftOptions.of("snapshot", id, directory, address, members)
                .withSnapshots(new SnapshotPolicy(Long.MAX_VALUE, Long.MAX_VALUE, 0));
    }

    private static void fail(Throwable cause) {
        cause.printStackTrace();
        System.exit(1);
    }

    // ---- the pause

    private static void pause(Path directory, int keys) throws Exception {
        var options = options(1, directory, "127.0.0.1:0", Map.of(1L, "127.0.0.1:0"));
        try (var engine = Engine.start(EngineOptions.DEFAULT, state -> {
            try {
                return RaftReplication.start(options, state, SnapshotMeasure::fail);
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        })) {
            var files = new TreeMap<>(Map.of("main.lua", Bytes.utf8(SCRIPT)));
            engine.submit(new Request.Deploy("m", files, true, null), TIMEOUT_MILLIS)
                    .join();
            for (int from = 0; from < keys; from += KEYS_PER_COMMAND) {
                call(engine, "fill", Map.of("from", from, "count", KEYS_PER_COMMAND));
            }
            print("without", answers(engine, () -> false, BEFORE_NANOS));
            for (int i = 1; i <= SNAPSHOTS; i++) {
                long began = System.nanoTime();
                var taken = engine.takeSnapshot();
                var gaps = answers(engine, taken::isDone, Long.MAX_VALUE);
                print(String.format(Locale.ROOT, "during a snapshot of %.1f s", seconds(began)), gaps);
            }
        }
    }

    private static void call(Engine engine, String name, Map<String, Object> argument) {
        var reply = engine.submit(new Request.Call("m", name, Values.of(argument), null, null), TIMEOUT_MILLIS)
                .join();
        if (!(reply instanceof Reply.Done)) {
            throw new IllegalStateException(reply.toString());
        }
    }

    private interface End {
        boolean reached();
    }

    /** Nanoseconds between answers, in ascending order. */
    private static List<Long> answers(Engine engine, End end, long nanos) {
        var gaps = new ArrayList<Long>();
        long began = System.nanoTime();
        for (long last = began; !end.reached() && last - began < nanos; ) {
            call(engine, "add", Map.of());
            long now = System.nanoTime();
            gaps.add(now - last);
            last = now;
        }
        gaps.sort(Comparator.naturalOrder());
        return gaps;
    }

    private static void print(String when, List<Long> gaps) {
        System.out.printf(
                Locale.ROOT,
                "%s: %,d answers, between two at the median %.2f ms, p99 %.2f, p99.9 %.2f, at most %.2f%n",
                when,
                gaps.size(),
                millis(gaps, 0.5),
                millis(gaps, 0.99),
                millis(gaps, 0.999),
                millis(gaps, 1));
    }

    private static double millis(List<Long> sorted, double quantile) {
        return sorted.get((int) Math.ceil(quantile * sorted.size()) - 1) / 1e6;
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }

    // ---- the installation

    private static void install(Path leader, Path follower, long bytes) throws Exception {
        String address = freeAddress();
        String peer = freeAddress();
        try (var server = RaftServer.start(
                options(1, leader, address, Map.of(1L, address)), new Large(bytes), SnapshotMeasure::fail)) {
            while (server.status().leader() == 0) {
                Thread.sleep(1);
            }
            server.propose(new byte[1], TIMEOUT_MILLIS).join();
            long began = System.nanoTime();
            server.takeSnapshot().join();
            System.out.printf(Locale.ROOT, "%d MiB written to disk in %.1f s%n", bytes >> 20, seconds(began));
            began = System.nanoTime();
            var child = new ProcessBuilder(
                            ProcessHandle.current().info().command().orElse("java"),
                            "-XX:+UseSerialGC",
                            "-Xmx256m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            SnapshotMeasure.class.getName(),
                            "receive",
                            follower.toString(),
                            peer)
                    .inheritIO()
                    .start();
            server.addMember(2, peer, "", TIMEOUT_MILLIS).join();
            if (child.waitFor() != 0) {
                throw new IOException("the receiving process ended with " + child.exitValue());
            }
            System.out.printf(Locale.ROOT, "sent and installed in %.1f s, its start included%n", seconds(began));
        }
    }

    private static void receive(Path directory, String address) throws Exception {
        var state = new Large(0);
        try (var server = RaftServer.start(options(2, directory, address, Map.of()), state, SnapshotMeasure::fail)) {
            while (!state.isRestored()) {
                Thread.sleep(1);
            }
            System.out.printf(
                    Locale.ROOT,
                    "installed at index %d within a heap of %d MiB%n",
                    server.status().applied(),
                    Runtime.getRuntime().maxMemory() >> 20);
        }
    }

    private static String freeAddress() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return "127.0.0.1:" + socket.getLocalPort();
        }
    }

    /** A state that takes room on disk and wire, and none in memory; its end says what its content was. */
    private static final class Large implements StateMachine {
        private final long bytes;
        private volatile boolean restored;

        Large(long bytes) {
            this.bytes = bytes;
        }

        boolean isRestored() {
            return restored;
        }

        @Override
        public Object apply(long index, long term, long time, ByteBuffer command) {
            return "";
        }

        @Override
        public void skip(long index, long term) {}

        @Override
        public Capture capture() {
            return out -> {
                var sum = new CRC32C();
                var chunk = new byte[CHUNK_BYTES];
                for (long done = 0; done < bytes; done += chunk.length) {
                    Arrays.fill(chunk, (byte) (done / chunk.length));
                    sum.update(chunk);
                    out.write(chunk);
                }
                out.write(String.format(Locale.ROOT, "%08x", sum.getValue()).getBytes(StandardCharsets.US_ASCII));
            };
        }

        @Override
        public void restore(long index, long term, InputStream captured) throws IOException {
            var sum = new CRC32C();
            long total = 0;
            for (var chunk = captured.readNBytes(CHUNK_BYTES);
                    chunk.length > 0;
                    chunk = captured.readNBytes(CHUNK_BYTES)) {
                if (chunk.length < CHUNK_BYTES) {
                    String said = new String(chunk, StandardCharsets.US_ASCII);
                    if (!said.equals(String.format(Locale.ROOT, "%08x", sum.getValue()))) {
                        throw new IOException("the state came changed: " + said);
                    }
                }
                sum.update(chunk);
                total += chunk.length;
            }
            System.out.printf(Locale.ROOT, "restored %d MiB, unchanged%n", total >> 20);
            restored = true;
        }
    }
}
