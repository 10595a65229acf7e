package io.perilune.engine.bench;

import io.perilune.engine.Engine;
import io.perilune.engine.EngineOptions;
import io.perilune.engine.Reply;
import io.perilune.engine.Request;
import io.perilune.engine.Values;
import io.perilune.engine.raft.RaftReplication;
import io.perilune.raft.node.ProposalOutcome;
import io.perilune.raft.node.RaftOptions;
import io.perilune.raft.node.RaftOptions.SnapshotPolicy;
import io.perilune.raft.node.RaftServer;
import io.perilune.raft.node.StateMachine;
import io.perilune.scripting.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * How fast a node is back from a long log: a million small commands are written, without a snapshot, and a new process
 * starts on them, once with a state machine that only counts and once with Lua. The time is that from the call that
 * opens the directory until everything is applied, in a JVM that has run nothing before; a second start follows from a
 * snapshot.
 *
 * <p>Arguments: how many commands (1,000,000), and an empty directory (a temporary one). Or one of its steps, as for a
 * profiler: {@code fill KIND DIRECTORY COMMANDS}, {@code start KIND DIRECTORY}.
 */
public final class RecoveryMeasure {
    private static final int COMMAND_BYTES = 64;
    private static final int UNDER_WAY = 4_096;
    private static final long TIMEOUT_MILLIS = 60_000;
    private static final long LAST_WAIT_SECONDS = 600;
    private static final String COUNTER = "function commands.add(a) put('n', (get('n') or 0) + a.by) end";

    private RecoveryMeasure() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 3 && arguments[0].equals("start")) {
            start(Kind.valueOf(arguments[1]), Path.of(arguments[2]));
            return;
        }
        if (arguments.length == 4 && arguments[0].equals("fill")) {
            fill(Kind.valueOf(arguments[1]), Path.of(arguments[2]), Integer.parseInt(arguments[3]));
            return;
        }
        int commands = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
        Path base = arguments.length > 1 ? Path.of(arguments[1]) : Files.createTempDirectory("recovery");
        for (var kind : Kind.values()) {
            var directory = base.resolve(kind.name());
            fill(kind, directory, commands);
            inNewProcess(kind, directory);
            try (var node = kind.open(directory)) {
                node.awaitApplied();
                node.snapshot();
            }
            System.out.printf("%s: after a snapshot%n", kind);
            inNewProcess(kind, directory);
        }
        try (var paths = Files.walk(base)) {
            for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static void fill(Kind kind, Path directory, int commands) throws Exception {
        System.out.printf(Locale.ROOT, "%s: writing %,d commands%n", kind, commands);
        try (var node = kind.open(directory)) {
            node.fill(commands);
        }
    }

    private static void inNewProcess(Kind kind, Path directory) throws IOException, InterruptedException {
        var child = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-XX:+UseSerialGC", // as the launcher has it
                        "-cp",
                        System.getProperty("java.class.path"),
                        RecoveryMeasure.class.getName(),
                        "start",
                        kind.name(),
                        directory.toString())
                .inheritIO()
                .start();
        if (child.waitFor() != 0) {
            throw new IOException("the started process ended with " + child.exitValue());
        }
    }

    private static void start(Kind kind, Path directory) throws Exception {
        long began = System.nanoTime();
        try (var node = kind.open(directory)) {
            double opened = seconds(began);
            long applied = node.awaitApplied();
            double all = seconds(began);
            System.out.printf(
                    Locale.ROOT,
                    "%s: open after %.2f s, applied to %,d after %.2f s: %,.0f a second%n",
                    kind,
                    opened,
                    applied,
                    all,
                    applied / all);
        }
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }

    private enum Kind {
        /** Raft and its log, and nothing to apply. */
        RAFT {
            @Override
            Node open(Path directory) throws IOException {
                return new Raft(RaftServer.start(options(directory), new Count(), Kind::fail));
            }
        },
        LUA {
            @Override
            Node open(Path directory) {
                return new Lua(Engine.start(EngineOptions.DEFAULT, state -> {
                    try {
                        return RaftReplication.start(options(directory), state, Kind::fail);
                    } catch (IOException failed) {
                        throw new UncheckedIOException(failed);
                    }
                }));
            }
        };

        abstract Node open(Path directory) throws IOException;

        private static void fail(Throwable cause) {
            cause.printStackTrace();
            System.exit(1);
        }

        private static RaftOptions options(Path directory) {
            return RaftOptions.of("recovery", 1, directory, "127.0.0.1:0", Map.of(1L, "127.0.0.1:0"))
                    .withSnapshots(new SnapshotPolicy(Long.MAX_VALUE, Long.MAX_VALUE, 0));
        }
    }

    /** What is measured. */
    private abstract static class Node implements AutoCloseable {
        abstract CompletableFuture<Boolean> send(int number);

        abstract long applied();

        abstract long last();

        abstract CompletableFuture<?> takeSnapshot();

        abstract void prepare();

        @Override
        public abstract void close();

        final void snapshot() throws Exception {
            takeSnapshot().get(LAST_WAIT_SECONDS, TimeUnit.SECONDS);
        }

        final void fill(int commands) throws InterruptedException {
            prepare();
            var room = new Semaphore(UNDER_WAY);
            for (int i = 0; i < commands; i++) {
                room.acquire();
                send(i).whenComplete((done, failure) -> {
                    if (failure != null || !done) {
                        System.err.println("a command was not applied");
                        System.exit(1);
                    }
                    room.release();
                });
            }
            room.acquire(UNDER_WAY);
        }

        /** @return the last index, which is applied now */
        final long awaitApplied() throws InterruptedException {
            while (last() == 0 || applied() < last()) {
                Thread.sleep(1);
            }
            return applied();
        }
    }

    private static final class Raft extends Node {
        private final RaftServer server;

        Raft(RaftServer server) {
            this.server = server;
        }

        @Override
        void prepare() {
            while (server.status().leader() == 0) {
                Thread.onSpinWait();
            }
        }

        @Override
        CompletableFuture<Boolean> send(int number) {
            return server.propose(new byte[COMMAND_BYTES], TIMEOUT_MILLIS)
                    .thenApply(outcome -> outcome instanceof ProposalOutcome.Applied);
        }

        @Override
        long applied() {
            return server.status().applied();
        }

        @Override
        long last() {
            return server.status().lastIndex();
        }

        @Override
        CompletableFuture<?> takeSnapshot() {
            return server.takeSnapshot();
        }

        @Override
        public void close() {
            server.close();
        }
    }

    private static final class Lua extends Node {
        private final Engine engine;

        Lua(Engine engine) {
            this.engine = engine;
        }

        @Override
        void prepare() {
            var files = new TreeMap<>(Map.of("main.lua", Bytes.utf8(COUNTER)));
            engine.submit(new Request.Deploy("m", files, true, null), TIMEOUT_MILLIS)
                    .join();
        }

        @Override
        CompletableFuture<Boolean> send(int number) {
            return engine.submit(new Request.Call("m", "add", Values.of(Map.of("by", 1)), null, null), TIMEOUT_MILLIS)
                    .thenApply(reply -> reply instanceof Reply.Done);
        }

        @Override
        long applied() {
            return engine.status().applied();
        }

        @Override
        long last() {
            return engine.status().lastIndex();
        }

        @Override
        CompletableFuture<?> takeSnapshot() {
            return engine.takeSnapshot();
        }

        @Override
        public void close() {
            engine.close();
        }
    }

    private static final class Count implements StateMachine {
        private long count;

        @Override
        public Object apply(long index, long term, long time, ByteBuffer command) {
            count += command.remaining();
            return "";
        }

        @Override
        public void skip(long index, long term) {}

        @Override
        public Capture capture() {
            var captured = count;
            return out -> out.write(Long.toString(captured).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        }

        @Override
        public void restore(long index, long term, InputStream captured) throws IOException {
            count = Long.parseLong(new String(captured.readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII));
        }
    }
}
