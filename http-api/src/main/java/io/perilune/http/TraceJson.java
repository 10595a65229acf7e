package io.perilune.http;

import io.perilune.engine.Reply;
import io.perilune.http.json.JsonWriter;
import io.perilune.scripting.Trace;

/** What commands did line by line, as JSON. */
final class TraceJson {
    private TraceJson() {}

    /** Within an object that has been begun. */
    static void writeFields(JsonWriter json, Reply.Traced traced) {
        var isBatch = traced.traces().size() > 1;
        var isCut = false;
        json.field("index", traced.index()).name("steps").beginArray();
        for (var i = 0; i < traced.traces().size(); i++) {
            var trace = traced.traces().get(i);
            isCut |= trace.cut();
            for (var step : trace.steps()) {
                json.beginObject();
                if (isBatch) {
                    json.field("command", i + 1);
                }
                write(json, step);
                json.endObject();
            }
        }
        json.endArray();
        if (isCut) {
            json.field("cut", true);
        }
        json.field("faithful", traced.faithful());
    }

    private static void write(JsonWriter json, Trace.Step step) {
        json.field("line", step.line())
                .field("at", step.file() + ":" + step.line())
                .name("locals")
                .beginObject();
        step.locals().forEach(json::field);
        json.endObject();
        var call = step.call();
        if (call != null) {
            json.name("call")
                    .beginObject()
                    .field("name", call.function())
                    .name("args")
                    .beginArray();
            call.arguments().forEach(json::value);
            json.endArray().field("result", call.result()).endObject();
        }
    }
}
