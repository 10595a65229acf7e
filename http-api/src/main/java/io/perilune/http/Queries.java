package io.perilune.http;

import io.perilune.engine.Engine;
import io.perilune.engine.Query;
import io.perilune.engine.Reply;
import io.perilune.http.access.Caller;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Value;
import io.perilune.scripting.ValueCodec;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;

/** Queries, with arguments from the query string or from the body. */
final class Queries {
    private final Engine engine;
    private final ApiOptions.Bounds bounds;
    private final Meters meters;

    Queries(Engine engine, ApiOptions.Bounds bounds, Meters meters) {
        this.engine = engine;
        this.bounds = bounds;
        this.meters = meters;
    }

    /** The argument is an object of strings: all parameters that mean nothing else. */
    CompletionStage<Answer> get(Ask ask) {
        var fields = new TreeMap<Bytes, Value>();
        ask.parameters()
                .without(Parameters.READ)
                .forEach((name, value) -> fields.put(Bytes.utf8(name), new Value.Str(value)));
        return query(ask, new Value.Obj(fields));
    }

    CompletionStage<Answer> post(Ask ask) {
        return query(ask, ask.json());
    }

    private CompletionStage<Answer> query(Ask ask, Value argument) {
        var machine = ask.machine();
        var name = Names.function(ask.variables().get(1));
        var options = ask.parameters().readOptions(bounds);
        var begun = System.nanoTime();
        return engine.query(new Query(
                        machine, name, ValueCodec.encode(argument), ask.caller().name(), options))
                .thenApplyAsync(reply -> answer(reply, machine, ask.caller(), begun), ask.worker());
    }

    private Answer answer(Reply reply, String machine, Caller caller, long begun) {
        meters.query(Replies.outcome(reply), System.nanoTime() - begun);
        return Replies.answer(reply, machine, caller);
    }
}
