package io.perilune.engine.apply;

import io.perilune.engine.Reply;
import io.perilune.engine.Request;
import io.perilune.engine.Values;
import io.perilune.engine.codec.EntryCodec;
import io.perilune.engine.codec.Instruction;
import io.perilune.engine.codec.Work;
import io.perilune.engine.state.Machine;
import io.perilune.engine.state.World;
import io.perilune.scripting.Bytes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.TreeMap;

/** An applier that is fed entries one by one, as if they had been agreed on. */
final class Replica {
    static final String MACHINE = "m";

    final Applier applier = new Applier(new Transition(new Scripts()), world -> {});

    /** The leader's clock. */
    long clock = 1_000;

    long seed = 1;

    World world() {
        return applier.world();
    }

    Machine machine() {
        return world().machine(MACHINE);
    }

    Reply apply(Work work) {
        return apply(EntryCodec.encode(new Instruction(seed++, work)));
    }

    Reply apply(byte[] entry) {
        return apply(entry, 1, clock);
    }

    Reply apply(byte[] entry, long term, long stamp) {
        var applied = (Applied) applier.apply(world().index() + 1, term, stamp, ByteBuffer.wrap(entry));
        return applied.reply();
    }

    Reply submit(Request request) {
        return apply(new Work.Submitted(request));
    }

    static Request.Deploy deployment(String text) {
        return new Request.Deploy(MACHINE, files(text), true, null);
    }

    static TreeMap<String, Bytes> files(String text) {
        var files = new TreeMap<String, Bytes>();
        files.put("main.lua", Bytes.utf8(text));
        return files;
    }

    Reply deploy(String text) {
        return submit(deployment(text));
    }

    static Request.Call command(String name, Object argument) {
        return new Request.Call(MACHINE, name, Values.of(argument), null, null);
    }

    static Request.Call keyed(String key, String name, Object argument) {
        return new Request.Call(MACHINE, name, Values.of(argument), key, null);
    }

    Reply call(String name, Object argument) {
        return submit(command(name, argument));
    }

    Reply batch(Request.Call... calls) {
        return submit(new Request.AtomicBatch(MACHINE, List.of(calls)));
    }

    Bytes get(String key) {
        return machine().keyspace().get(Bytes.utf8(key), world().time());
    }

    byte[] snapshot() {
        try {
            var out = new ByteArrayOutputStream();
            applier.capture().writeTo(out);
            return out.toByteArray();
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
    }

    static Replica restored(byte[] snapshot, World at) {
        try {
            var replica = new Replica();
            replica.applier.restore(at.index(), at.term(), new ByteArrayInputStream(snapshot));
            return replica;
        } catch (IOException damaged) {
            throw new AssertionError(damaged);
        }
    }
}
