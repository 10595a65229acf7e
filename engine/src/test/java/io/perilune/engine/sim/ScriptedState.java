package io.perilune.engine.sim;

import io.perilune.engine.HistoryBounds;
import io.perilune.engine.Reply;
import io.perilune.engine.Request;
import io.perilune.engine.Values;
import io.perilune.engine.apply.Applied;
import io.perilune.engine.apply.Applier;
import io.perilune.engine.apply.Scripts;
import io.perilune.engine.apply.Transition;
import io.perilune.engine.codec.EntryCodec;
import io.perilune.engine.codec.Instruction;
import io.perilune.engine.codec.ReplyCodec;
import io.perilune.engine.codec.StateDigest;
import io.perilune.engine.codec.Work;
import io.perilune.engine.replication.ReplicatedState;
import io.perilune.engine.state.World;
import io.perilune.raft.sim.SimulatedMachine;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Limits;
import io.perilune.scripting.Value;
import io.perilune.scripting.ValueCodec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The engine's state as one that a simulated cluster can hold: a script counts the commands and does much besides. */
final class ScriptedState implements SimulatedMachine {
    /** For all processes of a run, as in life. */
    private static final Scripts SCRIPTS = new Scripts();

    private static final String SCRIPT = """
            -- %d
            local function count() return incr("length") end
            function commands.plain(a) return count() end
            function commands.chance(a)
              put("chance/" .. random(1, 9), { random(), uuid(), now(), ctx.index, ctx.term })
              return count()
            end
            function commands.lease(a)
              put("lease/" .. a %% 7, a, { ttl = 1 + a %% 900 })
              for k, v in scan { prefix = "lease/", reverse = a %% 2 == 0, limit = 3 } do put("seen", { k, v }) end
              return count()
            end
            function commands.undone(a)
              pcall(function() put("undone", a) count() error("undo") end)
              emit("undone", has("undone"))
              return count()
            end
            function commands.later(a) schedule(1 + a %% 500, "tick", a, "t" .. a %% 5) return count() end
            function commands.tick(a) incr("fired") log("tick", a) end
            function migrate(from) put("migrated", { from, now(), random(1, 100) }) if %d == 3 then error("no") end end
            """;

    private static final List<String> COMMANDS = List.of("plain", "chance", "lease", "undone", "later");

    /** Of one run. */
    static final class OfScripts implements Kind {
        /** The latest that any replica has come to, which tells what is due. */
        private World newest = World.EMPTY;

        private final Set<String> replies = new TreeSet<>();
        private long timersFired;

        @Override
        public SimulatedMachine begin(Witness witness) {
            return new ScriptedState(witness, this);
        }

        @Override
        public byte[] command(String name) {
            var hash = name.hashCode() & 0xFFFF;
            var call = new Request.Call("m", COMMANDS.get(hash % COMMANDS.size()), Values.of(hash), name, null);
            return EntryCodec.encode(new Instruction(hash, new Work.Submitted(call)));
        }

        @Override
        public long place(Object reply) {
            return ((Applied) reply).reply() instanceof Reply.Done done ? number(done.result()) : 0;
        }

        @Override
        public byte[] extra(Random chance) {
            return EntryCodec.encode(new Instruction(chance.nextLong(), work(chance, newest)));
        }

        /** Kinds of replies that there have been. */
        Set<String> replies() {
            return replies;
        }

        long timersFired() {
            return timersFired;
        }

        private void saw(World world, Reply reply) {
            replies.add(reply.getClass().getSimpleName());
            if (world.index() > newest.index()) {
                newest = world;
                var ticks = world.machine("m") == null
                        ? null
                        : world.machine("m").keyspace().get(Bytes.utf8("fired"), world.time());
                timersFired = Math.max(timersFired, ticks == null ? 0 : number(ticks));
            }
        }
    }

    private final Applier applier = new Applier(new Transition(SCRIPTS), world -> {});
    private final Witness witness;
    private final OfScripts kind;

    private ScriptedState(Witness witness, OfScripts kind) {
        this.witness = witness;
        this.kind = kind;
    }

    private static Work work(Random chance, World newest) {
        return switch (chance.nextInt(10)) {
            case 0, 1, 2 -> {
                var number = chance.nextInt(6);
                var files = new TreeMap<>(Map.of("main.lua", Bytes.utf8(SCRIPT.formatted(number, number))));
                yield new Work.Submitted(new Request.Deploy("m", files, chance.nextInt(4) > 0, null));
            }
            case 3 -> new Work.Submitted(new Request.Activate("m", 1 + chance.nextInt(6), null));
            case 4 ->
                new Work.Submitted(new Request.SetLimits(
                        "m",
                        Limits.DEFAULT.withGasAtMost(5_000 + chance.nextInt(5_000)),
                        new HistoryBounds(chance.nextInt(9_000), chance.nextInt(60_000))));
            case 5 -> new Work.Sweep("m");
            case 6 -> new Work.Check();
            default -> timer(chance, newest);
        };
    }

    /** The first in line, due or not; in time it is. */
    private static Work timer(Random chance, World newest) {
        var machine = newest.machine("m");
        if (machine == null || machine.timers().count() == 0) {
            return new Work.FireTimer("m", "t" + chance.nextInt(5), 0);
        }
        var first = machine.timers().inOrder().iterator().next();
        return new Work.FireTimer("m", first.id(), first.due());
    }

    private static long number(Bytes value) {
        return ValueCodec.decode(value) instanceof Value.Num number ? (long) number.value() : 0;
    }

    private World world() {
        return applier.world();
    }

    @Override
    public long size() {
        var machine = world().machine("m");
        var length = machine == null ? null : machine.keyspace().get(Bytes.utf8("length"), world().time());
        return length == null ? 0 : number(length);
    }

    @Override
    public long applied() {
        return world().index();
    }

    @Override
    public Long placeOf(String name) {
        var machine = world().machine("m");
        var found = machine == null ? null : machine.memory().find("", name, world().time());
        return found != null && ReplyCodec.decode("m", found.reply()) instanceof Reply.Done done
                ? (Long) number(done.result())
                : null;
    }

    private void seen(long term) {
        var digest = StateDigest.of(world()).lend();
        witness.saw(world().index(), term, ByteBuffer.wrap(digest).getLong());
    }

    @Override
    public void ahead(List<Command> commands) {
        applier.ahead(commands.stream()
                .map(each -> new ReplicatedState.Upcoming(each.index(), each.term(), each.time(), each.command()))
                .toList());
    }

    @Override
    public Object apply(long index, long term, long time, ByteBuffer command) {
        var reply = applier.apply(index, term, time, command);
        kind.saw(world(), ((Applied) reply).reply());
        seen(term);
        return reply;
    }

    @Override
    public void skip(long index, long term) {
        applier.skip(index, term);
        seen(term);
    }

    @Override
    public Capture capture() {
        return applier.capture()::writeTo;
    }

    @Override
    public void restore(long index, long term, InputStream captured) throws IOException {
        applier.restore(index, term, captured);
    }
}
