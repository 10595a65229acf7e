package io.perilune.http;

import io.perilune.engine.Engine;
import io.perilune.engine.Reply;
import io.perilune.engine.Request;
import io.perilune.engine.View;
import io.perilune.http.access.Caller;
import io.perilune.http.json.JsonWriter;
import io.perilune.scripting.ValueCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Commands, one at a time or as one atomic batch, and what became of them. */
final class Commands {
    /** Calls of one atomic batch. */
    static final int BATCH_LINES_MAX = 10_000;

    private final Engine engine;
    private final ApiOptions.Bounds bounds;
    private final Meters meters;

    Commands(Engine engine, ApiOptions.Bounds bounds, Meters meters) {
        this.engine = engine;
        this.bounds = bounds;
        this.meters = meters;
    }

    CompletionStage<Answer> post(Ask ask) {
        var machine = ask.machine();
        // Asked before anything is done for it: a refusal has to cost less than what it makes room for.
        var refusal = engine.refusal(machine);
        if (refusal != null) {
            throw Replies.unavailable(refusal).thrown();
        }
        var name = name(ask);
        var key = Names.idempotencyKey(ask.header("Idempotency-Key"));
        var request = ask.parameters().flag("atomic", false)
                ? batch(ask, machine, name, key)
                : new Request.Call(
                        machine,
                        name,
                        ValueCodec.encode(ask.json()),
                        key,
                        ask.caller().name(),
                        ask.traceparent());
        var begun = System.nanoTime();
        return engine.submit(request, ask.parameters().timeoutMillis(bounds))
                .thenApplyAsync(reply -> answer(reply, machine, name, ask.caller(), begun), ask.io());
    }

    private Answer answer(Reply reply, String machine, @Nullable String name, Caller caller, long begun) {
        meters.command(machine, name, reply, System.nanoTime() - begun);
        return Replies.answer(reply, machine, caller);
    }

    /** Null for {@code apply}. */
    static @Nullable String name(Ask ask) {
        return ask.variables().size() < 2
                ? null
                : Names.function(ask.variables().get(1));
    }

    private static Request batch(Ask ask, String machine, @Nullable String name, @Nullable String key) {
        if (!MediaTypes.essence(ask.header("Content-Type")).equals(MediaTypes.NDJSON)) {
            throw Problem.of(
                            Kind.UNSUPPORTED_MEDIA_TYPE,
                            "an atomic batch has the type " + MediaTypes.NDJSON + ", one command a line")
                    .thrown();
        }
        List<Request.Call> calls = new ArrayList<>();
        var body = ask.body();
        for (int start = 0, end; start < body.length; start = end + 1) {
            end = lineEnd(body, start);
            if (!isBlank(body, start, end)) {
                calls.add(call(ask, machine, name, key, calls.size() + 1, start, end));
            }
        }
        if (calls.isEmpty()) {
            throw Problem.of(Kind.BAD_BODY, "an atomic batch has at least one line")
                    .thrown();
        }
        return new Request.AtomicBatch(machine, calls);
    }

    private static Request.Call call(
            Ask ask, String machine, @Nullable String name, @Nullable String key, int line, int start, int end) {
        if (line > BATCH_LINES_MAX) {
            throw Problem.of(Kind.TOO_LARGE, "an atomic batch has at most " + BATCH_LINES_MAX + " lines")
                    .with("limit", BATCH_LINES_MAX, "which", "lines")
                    .thrown();
        }
        try {
            var argument = ValueCodec.encode(Ask.json(ask.body(), start, end - start));
            return new Request.Call(
                    machine,
                    name,
                    argument,
                    key == null ? null : key + "/" + line,
                    ask.caller().name(),
                    ask.traceparent());
        } catch (Problem.Thrown malformed) {
            throw malformed.problem().inLine(line).thrown();
        }
    }

    private static int lineEnd(byte[] text, int start) {
        var end = start;
        while (end < text.length && text[end] != '\n') {
            end++;
        }
        return end;
    }

    static boolean isBlank(byte[] text, int start, int end) {
        for (var i = start; i < end; i++) {
            if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r') {
                return false;
            }
        }
        return true;
    }

    /** What became of the command that was sent with an idempotency key. */
    CompletionStage<Answer> fate(Ask ask) {
        var machine = ask.machine();
        var key = ask.variables().get(1).toString();
        var caller = ask.caller();
        return engine.read(ask.parameters().readOptions(bounds))
                .thenApplyAsync(
                        read -> fate(Reads.machine(read, machine, caller), Reads.view(read), caller, key), ask.io());
    }

    private static Answer fate(View.Machine machine, View view, Caller caller, String key) {
        var reply = machine.fate(caller.name(), key);
        return reply.isPresent()
                ? applied(reply.get(), machine.name())
                : Answer.ok(new JsonWriter()
                        .beginObject()
                        .field("fate", "unknown")
                        .field("index", view.index())
                        .endObject());
    }

    private static Answer applied(Reply reply, String machine) {
        var json = new JsonWriter().beginObject().field("fate", "applied");
        Replies.writeFields(json, reply, machine);
        return Answer.ok(json.endObject());
    }
}
