package io.perilune.http;

import io.perilune.engine.Engine;
import io.perilune.engine.HistoryBounds;
import io.perilune.engine.Reply;
import io.perilune.engine.Request;
import io.perilune.engine.View;
import io.perilune.http.access.Caller;
import io.perilune.http.json.JsonWriter;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Limits;
import io.perilune.scripting.Suggestion;
import io.perilune.scripting.Value;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The machines themselves: list, information, limits, deletion. */
final class Machines {
    private static final List<String> LIMITS = List.of(
            "gas",
            "query_gas",
            "depth",
            "string_bytes",
            "memory_bytes",
            "key_bytes",
            "value_bytes",
            "writes",
            "events",
            "log_lines");

    /** Those that do not fit into 31 bits. */
    private static final Set<String> LONG_LIMITS = Set.of("gas", "query_gas", "memory_bytes", "bytes", "age_ms");

    private static final List<String> HISTORY = List.of("bytes", "age_ms");
    private static final Bytes LIMITS_FIELD = Bytes.utf8("limits");
    private static final Bytes HISTORY_FIELD = Bytes.utf8("history");

    private final Engine engine;
    private final ApiOptions.Bounds bounds;

    Machines(Engine engine, ApiOptions.Bounds bounds) {
        this.engine = engine;
        this.bounds = bounds;
    }

    CompletionStage<Answer> list(Ask ask) {
        var digest = ask.parameters().flag("digest", false);
        return engine.read(ask.parameters().readOptions(bounds))
                .thenApplyAsync(read -> list(Reads.view(read), digest, ask.caller()), ask.worker());
    }

    /** @param digest whether to go through the whole state of all machines */
    private static Answer list(View view, boolean digest, Caller caller) {
        var json = new JsonWriter().beginObject().name("items").beginArray();
        for (var name : view.machines()) {
            view.machine(name).filter(machine -> caller.mayRead(name)).ifPresent(machine -> {
                json.beginObject()
                        .field("machine", name)
                        .field("version", machine.active().number())
                        .field("index", machine.index())
                        .field("keys", machine.keys())
                        .field("bytes", machine.bytes())
                        .field("hash", machine.hash());
                if (digest) {
                    json.field("digest", machine.digest());
                }
                json.endObject();
            });
        }
        return Answer.ok(json.endArray().field("index", view.index()).endObject());
    }

    CompletionStage<Answer> get(Ask ask) {
        var name = ask.machine();
        return engine.read(ask.parameters().readOptions(bounds))
                .thenApplyAsync(read -> describe(Reads.machine(read, name, ask.caller())), ask.io());
    }

    private static Answer describe(View.Machine machine) {
        var json = new JsonWriter()
                .beginObject()
                .field("machine", machine.name())
                .field("version", machine.active().number())
                .field("sha256", machine.active().sha256())
                .field("versions", machine.versions().size())
                .field("index", machine.index())
                .field("keys", machine.keys())
                .field("bytes", machine.bytes())
                .field("hash", machine.hash())
                .name("limits")
                .beginObject();
        numbers(machine.limits()).forEach(json::field);
        var history = machine.historyBounds();
        json.endObject()
                .name("history")
                .beginObject()
                .field("bytes", history.bytes())
                .field("age_ms", history.millis())
                .field("first", machine.firstPast())
                .field("last", machine.lastPast());
        return Answer.ok(json.endObject().endObject());
    }

    private static SortedMap<String, Long> numbers(Limits limits) {
        var numbers = new TreeMap<String, Long>();
        numbers.put("gas", limits.gas());
        numbers.put("query_gas", limits.queryGas());
        numbers.put("depth", (long) limits.depth());
        numbers.put("string_bytes", (long) limits.stringBytes());
        numbers.put("memory_bytes", limits.memoryBytes());
        numbers.put("key_bytes", (long) limits.keyBytes());
        numbers.put("value_bytes", (long) limits.valueBytes());
        numbers.put("writes", (long) limits.writes());
        numbers.put("events", (long) limits.events());
        numbers.put("log_lines", (long) limits.logLines());
        return numbers;
    }

    CompletionStage<Answer> delete(Ask ask) {
        var name = ask.machine();
        return engine.submit(new Request.Delete(name), ask.parameters().timeoutMillis(bounds))
                .thenApplyAsync(reply -> Replies.answer(reply, name, ask.caller()), ask.io());
    }

    /** What the body does not name stays as it is. */
    CompletionStage<Answer> patch(Ask ask) {
        var name = ask.machine();
        var body = fields(ask.json(), "the body is an object, as in {\"limits\": {\"gas\": 1000000}}");
        for (var field : body.keySet()) {
            if (!field.equals(LIMITS_FIELD) && !field.equals(HISTORY_FIELD)) {
                throw bad("the body has \"limits\" and \"history\", not \"" + Names.shown(field.toString()) + "\"");
            }
        }
        var limits = wanted(body.get(LIMITS_FIELD), "limits", LIMITS);
        var history = wanted(body.get(HISTORY_FIELD), "history", HISTORY);
        var timeout = ask.parameters().timeoutMillis(bounds);
        return engine.read(ask.parameters().readOptions(bounds))
                .thenComposeAsync(
                        read -> set(Reads.machine(read, name, ask.caller()), limits, history, timeout), ask.io())
                .thenApplyAsync(reply -> Replies.answer(reply, name, ask.caller()), ask.io());
    }

    private CompletableFuture<Reply> set(
            View.Machine machine, SortedMap<String, Long> limits, SortedMap<String, Long> history, long timeoutMillis) {
        var numbers = numbers(machine.limits());
        numbers.putAll(limits);
        var kept = machine.historyBounds();
        var wanted = history.isEmpty()
                ? null
                : bounds(history.getOrDefault("bytes", kept.bytes()), history.getOrDefault("age_ms", kept.millis()));
        return engine.submit(new Request.SetLimits(machine.name(), limits(numbers), wanted), timeoutMillis);
    }

    private static HistoryBounds bounds(long bytes, long millis) {
        try {
            return new HistoryBounds(bytes, millis);
        } catch (IllegalArgumentException outOfRange) {
            throw bad("" + outOfRange.getMessage());
        }
    }

    private static SortedMap<String, Long> wanted(@Nullable Value value, String of, List<String> names) {
        var wanted = new TreeMap<String, Long>();
        if (value != null) {
            fields(value, "\"" + of + "\" is an object, as in {\"" + of + "\": {\"" + names.get(0) + "\": 1000000}}")
                    .forEach((name, number) -> {
                        var known = known(name.toString(), names);
                        wanted.put(known, limit(known, number));
                    });
        }
        return wanted;
    }

    private static SortedMap<Bytes, Value> fields(Value value, String otherwise) {
        if (value instanceof Value.Obj object && !object.fields().isEmpty()) {
            return object.fields();
        }
        throw bad(otherwise);
    }

    private static String known(String name, List<String> names) {
        if (!names.contains(name)) {
            throw Problem.of(
                            Kind.BAD_BODY,
                            "there is no limit \"" + Names.shown(name) + "\", but " + String.join(", ", names))
                    .suggesting(Suggestion.nearest(name, names))
                    .thrown();
        }
        return name;
    }

    private static long limit(String name, Value value) {
        if (value instanceof Value.Num number
                && number.value() >= 0
                && number.value() == Math.rint(number.value())
                && number.value() <= (isLong(name) ? 1L << 53 : Integer.MAX_VALUE)) {
            return (long) number.value();
        }
        throw bad("the limit \"" + name + "\" is a whole number that is not negative");
    }

    private static boolean isLong(String limit) {
        return LONG_LIMITS.contains(limit);
    }

    private static Limits limits(SortedMap<String, Long> numbers) {
        try {
            return new Limits(
                    get(numbers, "gas"),
                    get(numbers, "query_gas"),
                    (int) get(numbers, "depth"),
                    (int) get(numbers, "string_bytes"),
                    get(numbers, "memory_bytes"),
                    (int) get(numbers, "key_bytes"),
                    (int) get(numbers, "value_bytes"),
                    (int) get(numbers, "writes"),
                    (int) get(numbers, "events"),
                    (int) get(numbers, "log_lines"));
        } catch (IllegalArgumentException tooLow) {
            throw bad("limits are at least 1; writes, events and log_lines may be 0");
        }
    }

    private static long get(SortedMap<String, Long> numbers, String name) {
        var number = numbers.get(name);
        if (number == null) {
            throw new IllegalStateException("no limit " + name);
        }
        return number;
    }

    private static Problem.Thrown bad(String detail) {
        return Problem.of(Kind.BAD_BODY, detail).thrown();
    }
}
