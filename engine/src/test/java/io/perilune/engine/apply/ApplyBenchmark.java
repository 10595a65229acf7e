package io.perilune.engine.apply;

import io.perilune.engine.Request;
import io.perilune.engine.Values;
import io.perilune.engine.codec.EntryCodec;
import io.perilune.engine.codec.Instruction;
import io.perilune.engine.codec.SnapshotReader;
import io.perilune.engine.codec.Work;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Map;

/** How long applying, writing and reading a snapshot take, by hand: no test, for there is no bound to hold it to. */
final class ApplyBenchmark {
    private static final int COMMANDS = 200_000;
    private static final String SCRIPT = """
            function commands.add(a)
              update(a.key, function(v) return (v or 0) + a.by end)
              return get(a.key)
            end
            """;

    private ApplyBenchmark() {}

    public static void main(String[] args) throws Exception {
        var thread = new ScriptThreads("bench").newThread(() -> {
            for (var i = 0; i < 3; i++) {
                System.out.printf("apply: %.1f us of CPU a command%n", run());
            }
        });
        thread.start();
        thread.join();
        snapshot();
    }

    /** Of this thread, so that whatever else the machine does stays out of it. */
    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static double run() {
        var replica = new Replica();
        replica.deploy(SCRIPT);
        var entries = new byte[COMMANDS][];
        for (var i = 0; i < COMMANDS; i++) {
            var argument = Values.of(Map.of("key", "acct/" + i * 7919L % 100_000, "by", 1));
            var call = new Request.Call(Replica.MACHINE, "add", argument, "key" + i, null);
            entries[i] = EntryCodec.encode(new Instruction(i, new Work.Submitted(call)));
        }
        for (var i = 0; i < COMMANDS / 2; i++) {
            replica.apply(entries[i]);
        }
        var start = cpuNanos();
        for (var i = COMMANDS / 2; i < COMMANDS; i++) {
            replica.applier.apply(replica.world().index() + 1, 1, i, ByteBuffer.wrap(entries[i]));
        }
        var micros = (cpuNanos() - start) / 1e3 / (COMMANDS / 2.0);
        return micros;
    }

    private static void snapshot() throws IOException {
        var replica = new Replica();
        replica.deploy("function commands.fill(a) for i = a, a + 9999 do put('key/' .. i, 'value of ' .. i) end end");
        for (var i = 0; i < 100; i++) {
            replica.call("fill", 10_000 + i * 10_000);
        }
        for (var i = 0; i < 3; i++) {
            var start = cpuNanos();
            var bytes = replica.snapshot();
            var written = cpuNanos();
            SnapshotReader.read(new ByteArrayInputStream(bytes));
            System.out.printf(
                    "snapshot of %d keys, %d bytes: written in %d ms, read in %d ms of CPU%n",
                    replica.machine().keyspace().count(),
                    bytes.length,
                    (written - start) / 1_000_000,
                    (cpuNanos() - written) / 1_000_000);
        }
    }
}
