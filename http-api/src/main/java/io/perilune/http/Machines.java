package io.perilune.http;

import io.perilune.engine.Engine;
import io.perilune.engine.Reply;
import io.perilune.engine.Request;
import io.perilune.engine.View;
import io.perilune.http.json.JsonWriter;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Limits;
import io.perilune.scripting.Suggestion;
import io.perilune.scripting.Value;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

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

    private final Engine engine;
    private final ApiOptions.Bounds bounds;

    Machines(Engine engine, ApiOptions.Bounds bounds) {
        this.engine = engine;
        this.bounds = bounds;
    }

    CompletionStage<Answer> list(Ask ask) {
        return engine.read(ask.parameters().readOptions(bounds))
                .thenApplyAsync(read -> list(Reads.view(read)), ask.worker());
    }

    private static Answer list(View view) {
        var json = new JsonWriter().beginObject().name("items").beginArray();
        for (var name : view.machines()) {
            view.machine(name)
                    .ifPresent(machine -> json.beginObject()
                            .field("machine", name)
                            .field("version", machine.active().number())
                            .field("index", machine.index())
                            .field("keys", machine.keys())
                            .field("bytes", machine.bytes())
                            .endObject());
        }
        return Answer.ok(json.endArray().field("index", view.index()).endObject());
    }

    CompletionStage<Answer> get(Ask ask) {
        var name = ask.machine();
        return engine.read(ask.parameters().readOptions(bounds))
                .thenApplyAsync(read -> describe(Reads.machine(read, name)), ask.io());
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
                .thenApplyAsync(reply -> Replies.answer(reply, name), ask.io());
    }

    /** Limits that the body does not name stay as they are. */
    CompletionStage<Answer> patch(Ask ask) {
        var name = ask.machine();
        var wanted = wantedLimits(ask.json());
        var timeout = ask.parameters().timeoutMillis(bounds);
        return engine.read(ask.parameters().readOptions(bounds))
                .thenComposeAsync(
                        read -> {
                            var numbers = numbers(Reads.machine(read, name).limits());
                            numbers.putAll(wanted);
                            return set(name, limits(numbers), timeout);
                        },
                        ask.io())
                .thenApplyAsync(reply -> Replies.answer(reply, name), ask.io());
    }

    private CompletableFuture<Reply> set(String machine, Limits limits, long timeoutMillis) {
        return engine.submit(new Request.SetLimits(machine, limits), timeoutMillis);
    }

    private static SortedMap<String, Long> wantedLimits(Value body) {
        var fields = fields(body, "the body is an object, as in {\"limits\": {\"gas\": 1000000}}");
        for (var name : fields.keySet()) {
            if (name.toString().equals("history")) {
                throw Problem.of(
                                Kind.NOT_IMPLEMENTED,
                                "the history keeps 8 MiB and 7 days; this version cannot set other bounds")
                        .thrown();
            } else if (!name.toString().equals("limits")) {
                throw bad("the body has \"limits\", not \"" + Names.shown(name.toString()) + "\"");
            }
        }
        var wanted = new TreeMap<String, Long>();
        var limits = fields.get(Bytes.utf8("limits"));
        fields(limits == null ? Value.NULL : limits, "\"limits\" is an object, as in {\"limits\": {\"gas\": 1000000}}")
                .forEach((name, value) -> wanted.put(limitName(name.toString()), limit(name.toString(), value)));
        return wanted;
    }

    private static SortedMap<Bytes, Value> fields(Value value, String otherwise) {
        if (value instanceof Value.Obj object && !object.fields().isEmpty()) {
            return object.fields();
        }
        throw bad(otherwise);
    }

    private static String limitName(String name) {
        if (!LIMITS.contains(name)) {
            throw Problem.of(
                            Kind.BAD_BODY,
                            "there is no limit \"" + Names.shown(name) + "\", but " + String.join(", ", LIMITS))
                    .suggesting(Suggestion.nearest(name, LIMITS))
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
        return limit.equals("gas") || limit.equals("query_gas") || limit.equals("memory_bytes");
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
