package io.perilune.http;

import io.perilune.engine.Engine;
import io.perilune.engine.Rehearsal;
import io.perilune.engine.Reply;
import io.perilune.engine.View;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Sandbox;
import io.perilune.scripting.Value;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Scripts tried on what was done before: to be told what would have been different, or as a gate of activation. */
final class Rehearsals {
    private static final Bytes SCRIPT = Bytes.utf8("script");
    private static final Bytes FILES = Bytes.utf8("files");
    private static final Bytes VERSION = Bytes.utf8("version");
    private static final Bytes LAST = Bytes.utf8("last");
    private static final int LAST_DEFAULT = 1_000;

    private final Engine engine;
    private final ApiOptions.Bounds bounds;

    Rehearsals(Engine engine, ApiOptions.Bounds bounds) {
        this.engine = engine;
        this.bounds = bounds;
    }

    CompletionStage<Answer> post(Ask ask) {
        var name = ask.machine();
        var body = body(ask.json());
        var last = last(body);
        return engine.read(ask.parameters().readOptions(bounds))
                .thenComposeAsync(
                        read -> {
                            var machine = Reads.machine(read, name, ask.caller());
                            return engine.rehearse(machine, candidate(body, machine), last);
                        },
                        ask.worker())
                .thenApplyAsync(reply -> Replies.answer(reply, name, ask.caller()), ask.worker());
    }

    private static SortedMap<Bytes, Value> body(Value body) {
        if (body instanceof Value.Obj object) {
            var candidates = 0;
            for (var field : object.fields().keySet()) {
                candidates += field.equals(LAST) ? 0 : 1;
                if (!field.equals(SCRIPT) && !field.equals(FILES) && !field.equals(VERSION) && !field.equals(LAST)) {
                    throw bad("the body has \"script\", \"files\" or \"version\", and \"last\"; not \""
                            + Names.shown(field.toString()) + "\"");
                }
            }
            if (candidates == 1) {
                return object.fields();
            }
        }
        throw bad(
                "the body names one candidate, as in {\"script\": \"...\", \"last\": 1000}, {\"files\": {\"main.lua\":"
                        + " \"...\"}} or {\"version\": 6}");
    }

    private static int last(SortedMap<Bytes, Value> body) {
        var last = body.get(LAST);
        if (last == null) {
            return LAST_DEFAULT;
        }
        if (last instanceof Value.Num number
                && number.value() >= 1
                && number.value() <= Rehearsal.COMMANDS_MAX
                && number.value() == Math.rint(number.value())) {
            return (int) number.value();
        }
        throw bad("\"last\" is a whole number from 1 to " + Rehearsal.COMMANDS_MAX);
    }

    private static SortedMap<String, Bytes> candidate(SortedMap<Bytes, Value> body, View.Machine machine) {
        var files = new TreeMap<String, Bytes>();
        if (body.get(SCRIPT) instanceof Value.Str script) {
            files.put(Sandbox.MAIN, script.value());
            return files;
        }
        if (body.get(FILES) instanceof Value.Obj object) {
            object.fields().forEach((name, text) -> files.put(name.toString(), text(text)));
            if (!files.containsKey(Sandbox.MAIN)) {
                throw bad("\"files\" has a \"" + Sandbox.MAIN + "\"");
            }
            return files;
        }
        if (body.get(VERSION) instanceof Value.Num number) {
            return version(machine, number.value());
        }
        throw bad("\"script\" is a text, \"files\" an object of texts, \"version\" a number");
    }

    private static Bytes text(Value value) {
        if (value instanceof Value.Str text) {
            return text.value();
        }
        throw bad("\"files\" is an object of texts");
    }

    static SortedMap<String, Bytes> version(View.Machine machine, double number) {
        for (var version : machine.versions()) {
            if (version.number() == number) {
                return version.files();
            }
        }
        throw Problem.of(
                        Kind.NO_SUCH_VERSION, "\"" + machine.name() + "\" has no such version; .../versions lists them")
                .on(machine.name())
                .thrown();
    }

    private static Problem.Thrown bad(String detail) {
        return Problem.of(Kind.BAD_BODY, detail).thrown();
    }

    // ---- as a gate

    /**
     * Lets a script pass that does what was done, over as many commands as the request asks for; all, if it asks for
     * none. Completes with the version that has to be active then: the one that the client expects, or the one that was
     * active when the script passed.
     */
    CompletionStage<@Nullable Long> pass(
            Ask ask, @Nullable Long expected, Function<View.Machine, SortedMap<String, Bytes>> candidate) {
        var last = (int) ask.parameters().number("rehearse", 1, Rehearsal.COMMANDS_MAX, 0);
        if (last == 0) {
            return CompletableFuture.completedFuture(expected);
        }
        var name = ask.machine();
        return engine.read(ask.parameters().readOptions(bounds))
                .thenComposeAsync(
                        read -> {
                            var machine = Reads.view(read).machine(name).orElse(null);
                            if (machine == null) {
                                return CompletableFuture.completedFuture(expected);
                            }
                            return engine.rehearse(machine, candidate.apply(machine), last)
                                    .thenApply(reply -> {
                                        requireSame(reply, name);
                                        return expected == null
                                                ? (Long) machine.active().number()
                                                : expected;
                                    });
                        },
                        ask.worker());
    }

    private static void requireSame(Reply reply, String machine) {
        if (!(reply instanceof Reply.Rehearsed rehearsed)) {
            var problem = Replies.problem(reply, machine);
            throw (problem == null ? Problem.of(Kind.INTERNAL, "no rehearsal: " + reply) : problem).thrown();
        }
        var rehearsal = rehearsed.rehearsal();
        if (!rehearsal.isSame()) {
            throw Problem.of(Kind.REHEARSAL_DIFFERS, summary(rehearsal) + "; POST .../rehearse tells all differences")
                    .with("commands", rehearsal.commands(), "same", rehearsal.same())
                    .on(machine)
                    .thrown();
        }
    }

    private static String summary(Rehearsal rehearsal) {
        if (rehearsal.migration() != null) {
            return "its migrate fails";
        }
        if (rehearsal.differences().isEmpty()) {
            return "the rehearsal used too much gas to come to its end";
        }
        var first = rehearsal.differences().get(0);
        return (rehearsal.commands() - rehearsal.same()) + " of " + rehearsal.commands()
                + " commands differ, the first at index " + first.was().index();
    }
}
