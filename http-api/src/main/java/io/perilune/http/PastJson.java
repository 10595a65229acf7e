package io.perilune.http;

import io.perilune.engine.Past;
import io.perilune.engine.Reply;
import io.perilune.http.json.JsonWriter;
import java.util.HexFormat;
import java.util.List;

/** What commands did, as JSON. */
final class PastJson {
    private PastJson() {}

    static JsonWriter write(JsonWriter json, String machine, Past past) {
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
            json.field("atomic", true);
            if (past.undone()) {
                json.field("undone", true);
            }
            json.name("calls").beginArray();
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
        json.field("gas", receipt == null ? 0 : receipt.gas())
                .field("id", call.key())
                .field("caller", call.caller());
        return call.traceparent() == null ? json : json.field("traceparent", call.traceparent());
    }

    /** The word for it in the log: {@code applied}, {@code rejected}, {@code failed}, {@code over_budget}. */
    static String outcome(Reply reply) {
        return reply instanceof Reply.Done ? "applied" : Replies.outcome(reply);
    }

    private static void writeEffects(JsonWriter json, Past past) {
        writes(json.name("writes"), past.writes());
        events(json.name("events"), past.events());
        json.name("log").beginArray();
        past.log().forEach(json::bytes);
        json.endArray();
    }

    static void writes(JsonWriter json, List<Past.Write> writes) {
        json.beginArray();
        for (var write : writes) {
            json.beginObject();
            change(json, write);
            json.endObject();
        }
        json.endArray();
    }

    /** Within an object that has been begun; a side is absent where there was no value. */
    static void change(JsonWriter json, Past.Write write) {
        json.name("key").bytes(write.key());
        if (write.before() != null) {
            json.field("old", write.before().value());
        }
        if (write.after() != null) {
            json.field("new", write.after().value());
        }
    }

    static void events(JsonWriter json, List<Past.Event> events) {
        json.beginArray();
        for (var event : events) {
            json.beginObject()
                    .field("type", event.type())
                    .field("payload", event.payload())
                    .endObject();
        }
        json.endArray();
    }
}
