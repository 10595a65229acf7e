package io.perilune.engine.codec;

import io.perilune.engine.Past;
import io.perilune.engine.Reply;
import io.perilune.engine.Scope;
import io.perilune.engine.Token;
import io.perilune.engine.View.Version;
import io.perilune.engine.state.History;
import io.perilune.engine.state.Keyspace;
import io.perilune.engine.state.Machine;
import io.perilune.engine.state.Memory;
import io.perilune.engine.state.Remembered;
import io.perilune.engine.state.Restoring;
import io.perilune.engine.state.Stored;
import io.perilune.engine.state.Timer;
import io.perilune.engine.state.Timers;
import io.perilune.engine.state.World;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Limits;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.pcollections.TreePMap;
import org.pcollections.TreePVector;

/** Worlds with a bit of everything in them. */
public final class Worlds {
    private Worlds() {}

    public static World random(Random random, int machines, int items) {
        var world = World.of(random.nextInt(1_000), 3, 1_000_000, TreePMap.empty());
        for (var i = 0; i < machines; i++) {
            world = world.with(machine(random, "m" + i, items));
        }
        return random.nextBoolean() ? world : withTokens(world, random);
    }

    private static World withTokens(World world, Random random) {
        var restoring = new Restoring("r", TreePVector.empty(), 0);
        var tokens = TreePMap.<String, Token>empty();
        for (var i = 0; i < 1 + random.nextInt(3); i++) {
            var scopes = List.of(Scope.parse("read:m" + i), Scope.parse("call:*/c*"));
            var hash = Token.hash(new byte[] {(byte) i});
            var expiry = random.nextBoolean() ? Long.MAX_VALUE : random.nextLong(1, 99);
            tokens = tokens.plus("t" + i, new Token("t" + i, hash, scopes, i, expiry));
            restoring = restoring.plus(hash);
        }
        return world.withTokens(tokens).with(restoring);
    }

    private static Machine machine(Random random, String name, int items) {
        var keyspace = Keyspace.EMPTY;
        var memory = Memory.NONE;
        var timers = Timers.NONE;
        var history = History.NONE;
        for (var i = 0; i < items; i++) {
            var bytes = new byte[1 + random.nextInt(8)];
            random.nextBytes(bytes);
            var some = Bytes.owned(bytes);
            keyspace = keyspace.put(some, new Stored(some, random.nextInt(3) == 0 ? 1 + random.nextInt(99) : 0));
            memory = memory.plus(new Remembered("c" + i % 2, "k" + random.nextInt(99), some, i, reply(name, i, some)));
            history = history.plus(i + 1, i, true, HistoryCodec.encode(past(name, i, some)));
            timers = timers.plus(new Timer("t" + random.nextInt(99), random.nextInt(99), "tick", some));
        }
        var limits = new Limits(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        var versions = TreePMap.<Long, Version>empty()
                .plus(1L, version(1, Map.of("main.lua", Bytes.utf8("-- one"))))
                .plus(2L, version(2, Map.of("main.lua", Bytes.utf8("-- two"), "lib.lua", Bytes.utf8("-- lib"))));
        return Machine.create(name)
                .with(versions, 2)
                .with(limits)
                .with(keyspace)
                .with(memory)
                .with(timers)
                .with(history)
                .sealed(random.nextInt(99), Bytes.owned(new byte[32]));
    }

    private static Version version(long number, Map<String, Bytes> files) {
        return new Version(number, "sha" + number, number, number, new TreeMap<>(files));
    }

    static Past past(String machine, int i, Bytes some) {
        var bare = new Past.Call(null, some, null, null, i, ReplyCodec.decode(machine, reply(machine, i, some)), null);
        var named = new Past.Call(
                "add",
                some,
                "k" + i,
                "ann",
                -i,
                ReplyCodec.decode(machine, reply(machine, 0, some)),
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        return new Past(
                i + 1,
                3,
                i,
                2,
                i % 3 == 0,
                i % 6 == 0,
                i % 3 == 1 ? "t" + i : null,
                i % 3 == 0 ? List.of(bare, named) : List.of(bare),
                List.of(
                        new Past.Write(some, null, new Past.Item(some, 0)),
                        new Past.Write(some, new Past.Item(some, i), null)),
                List.of(new Past.Event("added", some)),
                List.of(some),
                Bytes.owned(new byte[32]),
                undo(i, some));
    }

    private static Past.Undo undo(int i, Bytes some) {
        var pending = new Past.Pending(i, "add", some);
        return switch (i % 3) {
            case 0 -> null;
            case 1 -> Past.Undo.NOTHING_MORE;
            default ->
                new Past.Undo(
                        List.of(new Past.Write(some, new Past.Item(some, i), null)),
                        List.of(new Past.TimerWrite("t", pending, null), new Past.TimerWrite("u", null, pending)),
                        Limits.DEFAULT);
        };
    }

    private static Bytes reply(String machine, int i, Bytes some) {
        var receipt = new Reply.Receipt(machine, i, 1, 2, 3, 4, 5, 6, false);
        return ReplyCodec.encode(
                switch (i % 4) {
                    case 0 -> new Reply.Done(receipt, some);
                    case 1 -> new Reply.Rejected(receipt, "CODE", "message", i % 8 == 1 ? some : null, 422, "m.lua:1");
                    case 2 -> new Reply.Failed(receipt, "message", i % 8 == 2 ? "m.lua:2" : null, "traceback");
                    default -> new Reply.OverBudget(receipt, "gas", 5, 6, i % 8 == 3 ? "m.lua:3" : null);
                });
    }
}
