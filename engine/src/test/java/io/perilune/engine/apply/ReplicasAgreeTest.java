package io.perilune.engine.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.engine.HistoryBounds;
import io.perilune.engine.Reply;
import io.perilune.engine.Request;
import io.perilune.engine.Scope;
import io.perilune.engine.Seeds;
import io.perilune.engine.Token;
import io.perilune.engine.Values;
import io.perilune.engine.codec.EntryCodec;
import io.perilune.engine.codec.HistoryCodec;
import io.perilune.engine.codec.Instruction;
import io.perilune.engine.codec.Work;
import io.perilune.engine.replication.ReplicatedState;
import io.perilune.engine.state.Machine;
import io.perilune.engine.state.Stored;
import io.perilune.engine.state.World;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Limits;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Two replicas that take the same entries, one of them restarted from its snapshot again and again. */
class ReplicasAgreeTest {
    private static final int ROUNDS = 6;
    private static final int ENTRIES = 400;

    private static final String SCRIPT = """
            -- %d
            function init() put("init", ctx.index) end
            function migrate(from) put("from", from) if ctx.index %% 7 == 0 then error("not now") end end
            function commands.put(a) put(a.key, a.value) end
            function commands.lease(a) put(a.key, { a = { a.value, json.null }, b = "x" }, { ttl = a.ttl }) end
            function commands.delete(a) return delete(a.key) end
            function commands.add(a) return incr(a.key .. "/n", a.value) end
            function commands.savepoints(a)
              put("kept", a.value)
              local ok = pcall(function()
                put("undone", a.value) delete(a.key) emit("undone", a) schedule(a.ttl, "add", a, "undone")
                pcall(function() put("deeper", 1) error("x") end)
                if a.value %% 2 == 0 then error("undo") end
              end)
              return ok
            end
            function commands.scan(a)
              local keys = {}
              for k in scan { prefix = a.key:sub(1, 1), limit = 9, reverse = a.value %% 2 == 0 } do keys[#keys + 1] = k end
              put("scanned", keys)
              return keys
            end
            function commands.chance() put("chance", { random(), random(1, 1000), uuid(), now() }) return get("chance") end
            function commands.emit(a) for i = 1, a.value %% 5 do emit("e", i) end log("emitted", a.value) end
            function commands.later(a) schedule(a.ttl, "add", a, "t" .. a.value %% 4) end
            function commands.never(a) return cancel("t" .. a.value %% 4) end
            function commands.reject(a) put("rejected", 1) fail("NO", "no", a) end
            function commands.fail(a) put("failed", 1) local x = nil + 1 end
            function commands.spin(a) put("spun", 1) while true do end end
            """;

    private static final List<String> COMMANDS = List.of(
            "put",
            "put",
            "lease",
            "delete",
            "add",
            "savepoints",
            "scan",
            "chance",
            "emit",
            "later",
            "never",
            "reject",
            "fail",
            "missing");

    @Test
    void hashes_agree_at_every_index_and_snapshots_byte_for_byte() {
        var random = Seeds.random("replicas agree");
        for (var round = 0; round < ROUNDS; round++) {
            run(random);
        }
    }

    private static void run(Random random) {
        var straight = new Replica();
        var restarted = new Replica();
        for (var i = 0; i < ENTRIES; i++) {
            step(random, straight, restarted);
            assertThat(hashes(restarted.world())).isEqualTo(hashes(straight.world()));
            if (random.nextInt(25) == 0) {
                var snapshot = restarted.snapshot();
                assertThat(snapshot).isEqualTo(straight.snapshot());
                restarted = Replica.restored(snapshot, straight.world());
            }
        }
        assertThat(restarted.snapshot()).isEqualTo(straight.snapshot());
        assertThat(straight.world().machines()).isNotEmpty();
    }

    /** However many entries are known ahead, and whatever is wrong about what was said to come. */
    @Test
    void machines_that_are_applied_at_the_same_time_come_to_the_same() {
        var random = Seeds.random("ahead");
        for (var round = 0; round < ROUNDS; round++) {
            var straight = new Replica();
            var parallel = new Replica();
            var upcoming = new ArrayList<ReplicatedState.Upcoming>();
            for (var i = 0; i < ENTRIES; i++) {
                var index = straight.world().index() + 1;
                straight.clock += random.nextInt(400) - 100;
                var entry = entry(random, straight.world());
                straight.apply(entry, 1, straight.clock);
                upcoming.add(new ReplicatedState.Upcoming(index, 1, straight.clock, ByteBuffer.wrap(entry)));
                if (random.nextInt(20) == 0) {
                    apply(random, parallel, upcoming);
                    assertThat(hashes(parallel.world())).isEqualTo(hashes(straight.world()));
                    upcoming.clear();
                }
            }
            apply(random, parallel, upcoming);
            assertThat(parallel.snapshot()).isEqualTo(straight.snapshot());
        }
    }

    private static void apply(Random random, Replica replica, List<ReplicatedState.Upcoming> entries) {
        replica.applier.ahead(random.nextInt(5) == 0 ? entries.subList(entries.size() / 2, entries.size()) : entries);
        for (var entry : entries) {
            replica.applier.apply(entry.index(), entry.term(), entry.time(), entry.command());
        }
    }

    /** Every entry that a history still has can be gone back to, and run again to the same end. */
    @Test
    void the_past_can_be_gone_back_to_and_run_again() {
        var random = Seeds.random("past again");
        var again = new Reenactment(new Scripts());
        var count = 0;
        for (var round = 0; round < ROUNDS; round++) {
            var replica = new Replica();
            var worlds = new ArrayList<>(List.of(replica.world()));
            for (var i = 0; i < ENTRIES; i++) {
                step(random, replica, null);
                worlds.add(replica.world());
            }
            for (var machine : replica.world().machines().values()) {
                for (var entry : machine.history().inOrder()) {
                    var past = HistoryCodec.decode(machine.name(), entry.getValue());
                    var before = worlds.get((int) past.index() - 1).machine(machine.name());
                    var back = Rewind.before(machine, past.index());
                    assertThat(shown(back, past.time()))
                            .isEqualTo(shown(before == null ? Machine.create("m") : before, past.time()));
                    if (!past.calls().isEmpty()) {
                        count++;
                        assertThat(((Reply.Traced) again.trace(machine, past)).faithful())
                                .isTrue();
                    }
                }
            }
        }
        assertThat(count).isPositive();
    }

    private static List<Object> shown(Machine machine, long now) {
        var items = new ArrayList<Map.Entry<Bytes, Stored>>();
        machine.keyspace().stored().forEach(item -> {
            if (item.getValue().lives(now)) {
                items.add(item);
            }
        });
        return List.of(items, List.copyOf(machine.timers().inOrder()), machine.limits());
    }

    private static void step(Random random, Replica straight, @Nullable Replica restarted) {
        straight.clock += random.nextInt(400) - 100;
        if (random.nextInt(60) == 0) {
            straight.clock += 24 * 60 * 60 * 1000L;
        }
        if (random.nextInt(40) == 0) {
            var next = straight.world().index() + 1;
            straight.applier.skip(next, 2);
            if (restarted != null) {
                restarted.applier.skip(next, 2);
            }
            return;
        }
        var entry = entry(random, straight.world());
        var first = straight.apply(entry, 1 + straight.world().index() / 50, straight.clock);
        if (restarted != null) {
            var second = restarted.apply(entry, 1 + restarted.world().index() / 50, straight.clock);
            assertThat(second).isEqualTo(first);
        }
    }

    private static Map<String, String> hashes(World world) {
        var hashes = new TreeMap<String, String>();
        world.machines().forEach((name, machine) -> hashes.put(name, HashChain.hex(machine.hash())));
        return hashes;
    }

    private static byte[] entry(Random random, World world) {
        if (random.nextInt(30) == 0) {
            var noise = new byte[random.nextInt(30)];
            random.nextBytes(noise);
            return isOfLaterFormat(noise) ? new byte[0] : noise;
        }
        return EntryCodec.encode(new Instruction(random.nextLong(), work(random, world)));
    }

    /** Which is the one kind of noise that is to stop a node. */
    private static boolean isOfLaterFormat(byte[] noise) {
        try {
            EntryCodec.decode(ByteBuffer.wrap(noise));
            return false;
        } catch (IllegalStateException later) {
            return true;
        }
    }

    private static Work work(Random random, World world) {
        var name = "m" + random.nextInt(3);
        var machine = world.machine(name);
        if (machine == null) {
            return deploy(random, name);
        }
        return switch (random.nextInt(40)) {
            case 0, 1 -> deploy(random, name);
            case 2 -> new Work.Submitted(new Request.Activate(name, 1 + random.nextInt(4), null));
            case 3 ->
                random.nextInt(4) == 0
                        ? new Work.Submitted(new Request.Delete(name))
                        : new Work.Submitted(new Request.SetLimits(name, limits(random), history(random)));
            case 4, 5 -> new Work.Sweep(name);
            case 6, 7, 8, 9 -> fire(random, machine);
            case 10, 11, 12, 13 ->
                new Work.Submitted(new Request.AtomicBatch(
                        name,
                        IntStream.range(0, 1 + random.nextInt(4))
                                .mapToObj(i -> call(random, name))
                                .toList()));
            case 14 -> new Work.Submitted(administration(random));
            default -> new Work.Submitted(call(random, name));
        };
    }

    private static Request administration(Random random) {
        var name = "t" + random.nextInt(3);
        return switch (random.nextInt(5)) {
            case 0 -> new Request.RevokeToken(name);
            case 1 -> new Request.RestorePart("r" + random.nextInt(2), random.nextInt(2), Bytes.utf8("no archive"));
            case 2 -> new Request.FinishRestore("r" + random.nextInt(2));
            default ->
                new Request.CreateToken(
                        name,
                        Token.hash(new byte[] {(byte) random.nextInt(9)}),
                        List.of(Scope.parse(random.nextBoolean() ? "admin" : "call:m*/put")),
                        random.nextBoolean() ? 0 : 1 + random.nextInt(5_000));
        };
    }

    private static Work deploy(Random random, String name) {
        var text = random.nextInt(8) == 0 ? "function apply(" : SCRIPT.formatted(random.nextInt(4));
        return new Work.Submitted(new Request.Deploy(
                name, Replica.files(text), random.nextInt(4) > 0, random.nextInt(6) == 0 ? 1L : null));
    }

    private static HistoryBounds history(Random random) {
        return random.nextBoolean() ? null : new HistoryBounds(random.nextInt(5_000), random.nextInt(1_000_000));
    }

    private static Limits limits(Random random) {
        var d = Limits.DEFAULT;
        return new Limits(
                random.nextBoolean() ? 2_000 : 100_000,
                d.queryGas(),
                d.depth(),
                d.stringBytes(),
                d.memoryBytes(),
                d.keyBytes(),
                d.valueBytes(),
                1 + random.nextInt(5),
                random.nextInt(5),
                d.logLines());
    }

    private static Work fire(Random random, Machine machine) {
        var timers = List.copyOf(machine.timers().inOrder());
        return timers.isEmpty() || random.nextInt(5) == 0
                ? new Work.FireTimer(machine.name(), "t" + random.nextInt(4), random.nextInt(10_000))
                : new Work.FireTimer(
                        machine.name(), timers.get(0).id(), timers.get(0).due());
    }

    private static Request.Call call(Random random, String name) {
        var argument = Values.of(Map.of(
                "key", "" + (char) ('a' + random.nextInt(4)) + random.nextInt(6),
                "value", random.nextInt(10),
                "ttl", 1 + random.nextInt(2_000)));
        var command = random.nextInt(60) == 0 ? "spin" : COMMANDS.get(random.nextInt(COMMANDS.size()));
        var key = random.nextInt(3) == 0 ? "key " + random.nextInt(20) : null;
        return new Request.Call(name, command, argument, key, random.nextBoolean() ? "ann" : null);
    }
}
