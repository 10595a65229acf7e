package io.perilune.http;

import io.perilune.engine.Engine;
import io.perilune.engine.Past;
import io.perilune.engine.Reply;
import io.perilune.engine.View;
import io.perilune.http.json.JsonWriter;
import io.perilune.scripting.Bytes;
import java.util.HexFormat;
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
                .thenApplyAsync(read -> page(Reads.machine(read, name), from, limit), ask.worker());
    }

    private Answer page(View.Machine machine, long from, int limit) {
        var json = new JsonWriter().beginObject().name("items").beginArray();
        var entries = machine.history(from > 0 ? from : machine.beginningOfLast(limit));
        long bytes = 0;
        for (var count = 0; entries.hasNext() && count < limit && bytes < bounds.pageBytes(); count++) {
            var past = entries.next();
            bytes += bytes(past);
            write(json, machine.name(), past);
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

    private static int size(@Nullable Bytes value) {
        return value == null ? 0 : value.size();
    }

    CompletionStage<Answer> entry(Ask ask) {
        var name = ask.machine();
        var index = Names.number(ask.variables().get(1), "an index");
        return engine.read(ask.parameters().readOptions(bounds))
                .thenApplyAsync(read -> entry(Reads.machine(read, name), index), ask.worker());
    }

    private static Answer entry(View.Machine machine, long index) {
        var past = machine.past(index).orElseThrow(() -> missing(machine, index).thrown());
        return Answer.ok(write(new JsonWriter(), machine.name(), past));
    }

    private static Problem missing(View.Machine machine, long index) {
        var kept = machine.lastPast() == 0
                ? "its history is empty"
                : "its history goes from " + machine.firstPast() + " to " + machine.lastPast();
        return index < machine.firstPast()
                ? Problem.of(Kind.NOT_RETAINED, "entry " + index + " is not kept; " + kept)
                        .on(machine.name())
                : Problem.of(
                                Kind.NO_SUCH_ENTRY,
                                "the entry at " + index + " is no command of \"" + machine.name() + "\"; " + kept)
                        .on(machine.name());
    }

    private static JsonWriter write(JsonWriter json, String machine, Past past) {
        json.beginObject()
                .field("index", past.index())
                .field("term", past.term())
                .field("time", past.time())
                .field("machine", machine)
                .field("version", past.version());
        if (past.timer() != null) {
            json.field("timer", past.timer());
        }
        if (past.atomic()) {
            json.field("atomic", true).name("calls").beginArray();
            past.calls()
                    .forEach(
                            call -> writeCall(json.beginObject(), machine, call).endObject());
            json.endArray();
        } else {
            past.calls().forEach(call -> writeCall(json, machine, call));
        }
        writeEffects(json, past);
        return json.field("hash", HexFormat.of().formatHex(past.hash().lend())).endObject();
    }

    private static JsonWriter writeCall(JsonWriter json, String machine, Past.Call call) {
        json.field("name", call.name()).field("args", call.argument());
        var problem = Replies.problem(call.reply(), machine);
        if (call.reply() instanceof Reply.Done done) {
            json.field("outcome", "applied").field("result", done.result());
        } else if (problem != null) {
            json.field("outcome", outcome(call.reply())).name("problem");
            problem.write(json);
        }
        var receipt = Replies.receipt(call.reply());
        return json.field("gas", receipt == null ? 0 : receipt.gas())
                .field("id", call.key())
                .field("caller", call.caller());
    }

    private static String outcome(Reply reply) {
        if (reply instanceof Reply.Rejected) {
            return "rejected";
        }
        return reply instanceof Reply.Failed ? "failed" : "over_budget";
    }

    private static void writeEffects(JsonWriter json, Past past) {
        json.name("writes").beginArray();
        for (var write : past.writes()) {
            json.beginObject().name("key").bytes(write.key());
            if (write.before() != null) {
                json.field("old", write.before());
            }
            if (write.after() != null) {
                json.field("new", write.after());
            }
            json.endObject();
        }
        json.endArray().name("events").beginArray();
        for (var event : past.events()) {
            json.beginObject()
                    .field("type", event.type())
                    .field("payload", event.payload())
                    .endObject();
        }
        json.endArray().name("log").beginArray();
        past.log().forEach(json::bytes);
        json.endArray();
    }
}
