package io.perilune.http;

import io.perilune.engine.Engine;
import io.perilune.engine.View;
import io.perilune.http.json.JsonWriter;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Host;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Browsing the state of a machine, page by page or key by key. */
final class StatePages {
    static final Set<String> PARAMETERS = Set.of("prefix", "from", "to", "limit", "reverse", "cursor");

    static final int LIMIT = 100;
    static final int LIMIT_MAX = 10_000;

    private final Engine engine;
    private final ApiOptions.Bounds bounds;

    StatePages(Engine engine, ApiOptions.Bounds bounds) {
        this.engine = engine;
        this.bounds = bounds;
    }

    CompletionStage<Answer> page(Ask ask) {
        var name = ask.machine();
        var parameters = ask.parameters();
        var limit = parameters.number("limit", 1, LIMIT_MAX, LIMIT);
        var range = range(parameters, limit + 1);
        return engine.read(parameters.readOptions(bounds))
                .thenApplyAsync(
                        read -> page(Reads.machine(read, name, ask.caller()), Reads.view(read), range, limit),
                        ask.worker());
    }

    /** One more than asked for tells whether there is another page. */
    private static Host.Range range(Parameters parameters, long limit) {
        var from = parameters.bytes("from");
        var to = parameters.bytes("to");
        var reverse = parameters.flag("reverse", false);
        var cursor = parameters.bytes("cursor");
        if (cursor != null && reverse) {
            to = least(to, position(cursor));
        } else if (cursor != null) {
            from = greatest(from, after(position(cursor)));
        }
        return new Host.Range(parameters.bytes("prefix"), from, to, limit, reverse);
    }

    /** The last key of the page before. */
    private static Bytes position(Bytes cursor) {
        try {
            return Bytes.owned(Base64.getUrlDecoder().decode(cursor.lend()));
        } catch (IllegalArgumentException malformed) {
            throw Problem.of(Kind.BAD_PARAMETER, "\"cursor\" is what the page before gave, not \"" + cursor + "\"")
                    .thrown();
        }
    }

    /** The key that comes next in the order of all keys there could be. */
    private static Bytes after(Bytes key) {
        return Bytes.owned(Arrays.copyOf(key.lend(), key.size() + 1));
    }

    private static Bytes least(@Nullable Bytes one, Bytes other) {
        return one == null || other.compareTo(one) < 0 ? other : one;
    }

    private static Bytes greatest(@Nullable Bytes one, Bytes other) {
        return one == null || other.compareTo(one) > 0 ? other : one;
    }

    private Answer page(View.Machine machine, View view, Host.Range range, long limit) {
        var json = new JsonWriter().beginObject().name("items").beginArray();
        var items = machine.scan(range);
        Bytes last = null;
        long bytes = 0;
        for (long count = 0; items.hasNext() && count < limit && bytes < bounds.pageBytes(); count++) {
            var item = items.next();
            last = item.key();
            bytes += item.key().size() + item.value().size();
            json.beginObject()
                    .name("key")
                    .bytes(item.key())
                    .field("value", item.value())
                    .endObject();
        }
        json.endArray().field("cursor", last != null && items.hasNext() ? cursor(last) : null);
        return Answer.ok(json.field("index", view.index()).endObject());
    }

    private static String cursor(Bytes key) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(key.lend());
    }

    CompletionStage<Answer> key(Ask ask) {
        var name = ask.machine();
        var key = Names.key(ask.variables().get(1));
        return engine.read(ask.parameters().readOptions(bounds))
                .thenApplyAsync(
                        read -> key(Reads.machine(read, name, ask.caller()), Reads.view(read), key), ask.worker());
    }

    private static Answer key(View.Machine machine, View view, Bytes key) {
        var value = machine.get(key);
        if (value == null) {
            throw Problem.of(Kind.NO_SUCH_KEY, "\"" + machine.name() + "\" has no key \"" + key + "\"")
                    .on(machine.name())
                    .thrown();
        }
        return Answer.ok(new JsonWriter()
                .beginObject()
                .name("key")
                .bytes(key)
                .field("value", value)
                .field("index", view.index())
                .endObject());
    }
}
