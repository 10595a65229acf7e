package io.perilune.engine.raft;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.perilune.engine.Engine;
import io.perilune.engine.EngineOptions;
import io.perilune.engine.HistoryBounds;
import io.perilune.engine.ReadOptions;
import io.perilune.engine.Reply;
import io.perilune.engine.Request;
import io.perilune.engine.Scope;
import io.perilune.engine.Token;
import io.perilune.engine.Values;
import io.perilune.engine.View;
import io.perilune.engine.replication.Replication.Consistency;
import io.perilune.raft.node.RaftOptions;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Limits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes a data directory with something of everything in it, and what has to be read from it for ever: {@code main}
 * takes the folder for both. To be run once for each version that changes a format; what earlier ones wrote stays.
 */
public final class GoldenDirectory {
    static final long TIMEOUT = 20_000;

    /** A hundred years: nothing is due before the test is. */
    private static final long LATER = 100L * 365 * 24 * 3_600_000;

    private static final String SCRIPT = """
            function init() put("began", ctx.index) end
            function commands.put(a) put(a.key, a.value) emit("put", a.key) log("put", a.key) return a.value end
            function commands.lease(a) put(a.key, a.value, { ttl = a.ttl }) end
            function commands.later(ms) schedule(ms, "put", { key = "late", value = true }, "t") end
            function commands.reject() fail("NO", "not this", { why = "golden" }) end
            function commands.fail() local x = nil + 1 end
            function commands.spin() while true do end end
            """;

    private GoldenDirectory() {}

    public static void main(String[] arguments) throws IOException {
        var folder = Path.of(arguments[0]);
        var data = Files.createTempDirectory("golden");
        List<String> expected;
        try (var engine = start(data)) {
            fill(engine);
            expected = read(engine);
        }
        zip(data, folder.resolve("data.zip"));
        Files.write(folder.resolve("expected.txt"), expected);
    }

    static Engine start(Path data) {
        var options = RaftOptions.of("golden", 1, data, "127.0.0.1:0", Map.of(1L, "127.0.0.1:0"));
        return Engine.start(EngineOptions.DEFAULT, state -> {
            try {
                return RaftReplication.start(options, state, failure -> {
                    throw new AssertionError(failure);
                });
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
    }

    static <T> T await(CompletableFuture<T> future) {
        return future.orTimeout(TIMEOUT, TimeUnit.MILLISECONDS).join();
    }

    private static void fill(Engine engine) {
        deploy(engine, "m", SCRIPT, true);
        for (var i = 0; i < 20; i++) {
            call(engine, "put", Map.of("key", "k" + i, "value", i), "key" + i);
        }
        call(engine, "lease", Map.of("key", "leased", "value", "v", "ttl", LATER), null);
        call(engine, "later", LATER, null);
        call(engine, "reject", "x", "rejected");
        call(engine, "fail", "x", "failed");
        call(engine, "spin", "x", "spun");
        submit(
                engine,
                new Request.SetLimits(
                        "m", Limits.DEFAULT.withGasAtMost(1_000_000), new HistoryBounds(1 << 20, LATER / 20)));
        token(engine, "root", 0, "admin");
        token(engine, "till", LATER / 2, "call:m/p*", "read:other");
        await(engine.takeSnapshot());
        // From here on it is in the log alone.
        deploy(engine, "m", SCRIPT + "function migrate(from) put('migrated', from) end", true);
        deploy(engine, "m", SCRIPT + "-- waiting", false);
        deploy(engine, "other", "function apply(n) return incr('n', n) end", true);
        submit(engine, new Request.AtomicBatch("other", List.of(one(1), one(2))));
        submit(engine, new Request.Call("m", "put", Values.of(Map.of("key", "a", "value", "b")), "owned", "ann"));
        deploy(engine, "gone", "function apply() end", true);
        submit(engine, new Request.Delete("gone"));
        token(engine, "lost", 0, "metrics");
        token(engine, "other", 0, "deploy:*");
        submit(engine, new Request.RevokeToken("lost"));
        submit(
                engine,
                new Request.Call(
                        "m",
                        "put",
                        Values.of(Map.of("key", "traced", "value", 1)),
                        null,
                        "till",
                        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
    }

    private static void token(Engine engine, String name, long ttlMillis, String... scopes) {
        var parsed = Arrays.stream(scopes).map(Scope::parse).toList();
        submit(engine, new Request.CreateToken(name, Token.hash(name.getBytes(UTF_8)), parsed, ttlMillis));
    }

    private static Request.Call one(int n) {
        return new Request.Call("other", null, Values.of(n), null, null);
    }

    private static void deploy(Engine engine, String machine, String script, boolean activate) {
        var files = new TreeMap<>(Map.of("main.lua", Bytes.utf8(script)));
        submit(engine, new Request.Deploy(machine, files, activate, null));
    }

    private static void call(Engine engine, String name, Object argument, String key) {
        submit(engine, new Request.Call("m", name, Values.of(argument), key, null));
    }

    private static void submit(Engine engine, Request request) {
        var reply = await(engine.submit(request, TIMEOUT));
        if (reply instanceof Reply.Unavailable || reply instanceof Reply.Unknown || reply instanceof Reply.Refused) {
            throw new AssertionError(request + " ended as " + reply);
        }
    }

    /** What has to come out of a directory, in lines. */
    static List<String> read(Engine engine) {
        var read = await(engine.read(new ReadOptions(Consistency.LINEARIZABLE, 0, TIMEOUT)));
        var view = ((Engine.Read.At) read).view();
        var lines = new ArrayList<String>();
        for (var name : view.machines()) {
            view.machine(name).ifPresent(machine -> describe(machine, lines));
        }
        for (var token : view.tokens()) {
            lines.add("token " + token.name() + " " + token.scopes() + " proven "
                    + token.isProvenBy(token.name().getBytes(UTF_8)));
        }
        return lines;
    }

    private static void describe(View.Machine machine, List<String> lines) {
        lines.add(machine.name() + " version " + machine.active().number() + " of "
                + machine.versions().size() + " index " + machine.index() + " keys " + machine.keys() + " bytes "
                + machine.bytes());
        lines.add(machine.name() + " hash " + machine.hash());
        lines.add(machine.name() + " limits " + machine.limits());
        for (var key : List.of("key0", "rejected", "failed", "spun")) {
            lines.add(machine.name() + " fate " + key + " "
                    + machine.fate(null, key)
                            .map(reply -> reply.getClass().getSimpleName())
                            .orElse("unknown"));
        }
        lines.add(machine.name() + " fate of ann's "
                + machine.fate("ann", "owned")
                        .map(reply -> reply.getClass().getSimpleName())
                        .orElse("unknown"));
        machine.history(1)
                .forEachRemaining(past -> lines.add(machine.name() + " past " + past.index() + " calls "
                        + past.calls().size() + " writes " + past.writes().size() + " events "
                        + past.events().size()));
    }

    private static void zip(Path data, Path file) throws IOException {
        try (var zip = new ZipOutputStream(Files.newOutputStream(file));
                var all = Files.walk(data)) {
            for (var each : all.sorted().toList()) {
                if (Files.isRegularFile(each) && !each.endsWith("LOCK")) {
                    var entry = new ZipEntry(data.relativize(each).toString());
                    entry.setTime(0);
                    zip.putNextEntry(entry);
                    Files.copy(each, zip);
                }
            }
        }
    }
}
