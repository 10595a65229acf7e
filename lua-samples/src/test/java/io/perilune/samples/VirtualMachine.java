package io.perilune.samples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.engine.Past;
import io.perilune.engine.Reply;
import io.perilune.engine.Request;
import io.perilune.engine.apply.Applied;
import io.perilune.engine.apply.Applier;
import io.perilune.engine.apply.QueryHost;
import io.perilune.engine.apply.Scripts;
import io.perilune.engine.apply.Transition;
import io.perilune.engine.codec.EntryCodec;
import io.perilune.engine.codec.HistoryCodec;
import io.perilune.engine.codec.Instruction;
import io.perilune.engine.codec.Work;
import io.perilune.engine.state.Machine;
import io.perilune.http.json.JsonFault;
import io.perilune.http.json.JsonReader;
import io.perilune.http.json.JsonWriter;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.EntryPoint;
import io.perilune.scripting.Invocation;
import io.perilune.scripting.Outcome;
import io.perilune.scripting.Sandbox;
import io.perilune.scripting.ValueCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** One machine that runs a sample, with a clock that only goes on when it is told to. */
final class VirtualMachine {
    private static final Path SAMPLES = Path.of(System.getProperty("user.dir"));
    private static final String NAME = "m";

    private final Scripts scripts = new Scripts();
    private final Applier applier = new Applier(new Transition(scripts), world -> {});
    private long clock = 1_800_000_000_000L;
    private long seed;

    /** @param sample a file, or the folder of a bundle */
    static VirtualMachine of(String sample) throws IOException {
        var machine = new VirtualMachine();
        assertThat(machine.deploy(sample)).isInstanceOf(Reply.Deployed.class);
        return machine;
    }

    Reply deploy(String sample) throws IOException {
        var files = new TreeMap<String, Bytes>();
        var path = SAMPLES.resolve(sample);
        if (Files.isRegularFile(path)) {
            files.put(Sandbox.MAIN, Bytes.owned(Files.readAllBytes(path)));
        } else {
            try (var all = Files.list(path)) {
                for (var file : all.toList()) {
                    files.put(file.getFileName().toString(), Bytes.owned(Files.readAllBytes(file)));
                }
            }
        }
        return apply(new Work.Submitted(new Request.Deploy(NAME, files, true, null)));
    }

    private Reply apply(Work work) {
        var entry = EntryCodec.encode(new Instruction(seed++, work));
        var applied = (Applied) applier.apply(applier.world().index() + 1, 1, clock, ByteBuffer.wrap(entry));
        return applied.reply();
    }

    private Machine machine() {
        return applier.world().machine(NAME);
    }

    private static Bytes argument(String json) {
        var text = json.replace('\'', '"').getBytes(UTF_8);
        try {
            return ValueCodec.encode(JsonReader.read(text, 0, text.length));
        } catch (JsonFault fault) {
            throw new AssertionError("not JSON: " + json, fault);
        }
    }

    private static String json(Bytes value) {
        return new String(JsonWriter.write(ValueCodec.decode(value)), UTF_8).replace('"', '\'');
    }

    private Reply submit(String command, String argument) {
        return apply(new Work.Submitted(new Request.Call(NAME, command, argument(argument), null, null)));
    }

    /** What the command returns, as JSON with single quotes. */
    String call(String command, String argument) {
        var reply = submit(command, argument);
        assertThat(reply).as("%s %s", command, argument).isInstanceOf(Reply.Done.class);
        return json(((Reply.Done) reply).result());
    }

    /** The code with which the command is rejected. */
    String refusal(String command, String argument) {
        var reply = submit(command, argument);
        assertThat(reply).as("%s %s", command, argument).isInstanceOf(Reply.Rejected.class);
        return ((Reply.Rejected) reply).code();
    }

    String query(String name, String argument) {
        var world = applier.world();
        var invocation = new Invocation(
                NAME,
                machine().active(),
                world.index(),
                1,
                clock,
                null,
                null,
                1,
                machine().limits());
        var outcome = scripts.of(NAME, machine().activeVersion())
                .call(
                        new EntryPoint.Query(name, argument(argument)),
                        new QueryHost(machine().keyspace(), clock),
                        invocation);
        assertThat(outcome).as("%s %s", name, argument).isInstanceOf(Outcome.Returned.class);
        return json(((Outcome.Returned) outcome).result());
    }

    /** Lets time pass; what is due on the way happens. */
    void pass(long millis) {
        var end = clock + millis;
        while (machine().timers().firstDue() <= end) {
            var timer = machine().timers().inOrder().iterator().next();
            clock = Math.max(clock, timer.due());
            apply(new Work.FireTimer(NAME, timer.id(), timer.due()));
        }
        clock = end;
        apply(new Work.Sweep(NAME));
    }

    long keys() {
        return machine().keyspace().count();
    }

    /** The types of all events so far. */
    List<String> events() {
        var types = new ArrayList<String>();
        for (var entry : machine().history().inOrder()) {
            HistoryCodec.decode(NAME, entry.getValue()).events().stream()
                    .map(Past.Event::type)
                    .forEach(types::add);
        }
        return types;
    }
}
