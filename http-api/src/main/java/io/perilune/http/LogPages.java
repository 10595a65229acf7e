package io.perilune.http;

import io.perilune.engine.Engine;
import io.perilune.engine.Past;
import io.perilune.engine.View;
import io.perilune.http.json.JsonWriter;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The record of what a machine's commands did: a page of it, or one entry. */
final class LogPages {
    static final Set<String> PARAMETERS = Set.of("from", "limit");

    private static final int LIMIT = 100;
    private static final int LIMIT_MAX = 1_000;

    private final Engine engine;
    private final ApiOptions.Bounds bounds;

    LogPages(Engine engine, ApiOptions.Bounds bounds) {
        this.engine = engine;
        this.bounds = bounds;
    }

    /** From an index on; without one, the newest. */
    CompletionStage<Answer> page(Ask ask) {
        var name = ask.machine();
        var parameters = ask.parameters();
        var limit = (int) parameters.number("limit", 1, LIMIT_MAX, LIMIT);
        var from = parameters.number("from", 1, Long.MAX_VALUE, 0);
        return engine.read(parameters.readOptions(bounds))
                .thenApplyAsync(read -> page(Reads.machine(read, name, ask.caller()), from, limit), ask.worker());
    }

    private Answer page(View.Machine machine, long from, int limit) {
        var json = new JsonWriter().beginObject().name("items").beginArray();
        var entries = machine.history(from > 0 ? from : machine.beginningOfLast(limit));
        long bytes = 0;
        for (var count = 0; entries.hasNext() && count < limit && bytes < bounds.pageBytes(); ) {
            var past = entries.next();
            if (!past.calls().isEmpty()) {
                count++;
                bytes += bytes(past);
                PastJson.write(json, machine.name(), past);
            }
        }
        return Answer.ok(json.endArray()
                .field("first", machine.firstPast())
                .field("last", machine.lastPast())
                .endObject());
    }

    private static long bytes(Past past) {
        long sum = 0;
        for (var call : past.calls()) {
            sum += call.argument().size();
        }
        for (var write : past.writes()) {
            sum += write.key().size() + size(write.before()) + size(write.after());
        }
        return sum;
    }

    private static int size(Past.@Nullable Item item) {
        return item == null ? 0 : item.value().size();
    }

    CompletionStage<Answer> entry(Ask ask) {
        var name = ask.machine();
        var index = Names.number(ask.variables().get(1), "an index");
        return engine.read(ask.parameters().readOptions(bounds))
                .thenApplyAsync(read -> entry(Reads.machine(read, name, ask.caller()), index), ask.worker());
    }

    private static Answer entry(View.Machine machine, long index) {
        return Answer.ok(PastJson.write(new JsonWriter(), machine.name(), past(machine, index)));
    }

    private static Past past(View.Machine machine, long index) {
        return machine.past(index)
                .filter(past -> !past.calls().isEmpty())
                .orElseThrow(() -> missing(machine, index).thrown());
    }

    private static Problem missing(View.Machine machine, long index) {
        var kept = machine.lastPast() == 0
                ? "its history is empty"
                : "its history goes from " + machine.firstPast() + " to " + machine.lastPast();
        return index <= machine.forgotten()
                ? Problem.of(Kind.NOT_RETAINED, "entry " + index + " is not kept; " + kept)
                        .on(machine.name())
                : Problem.of(
                                Kind.NO_SUCH_ENTRY,
                                "the entry at " + index + " is no command of \"" + machine.name() + "\"; " + kept)
                        .on(machine.name());
    }

    /** Runs the commands of an entry again and tells the lines that ran. */
    CompletionStage<Answer> trace(Ask ask) {
        var name = ask.machine();
        var index = Names.number(ask.variables().get(1), "an index");
        return engine.read(ask.parameters().readOptions(bounds))
                .thenComposeAsync(
                        read -> {
                            var machine = Reads.machine(read, name, ask.caller());
                            return engine.trace(machine, past(machine, index));
                        },
                        ask.worker())
                .thenApplyAsync(reply -> Replies.answer(reply, name, ask.caller()), ask.worker());
    }
}
