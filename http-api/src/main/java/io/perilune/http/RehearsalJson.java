package io.perilune.http;

import io.perilune.engine.Past;
import io.perilune.engine.Rehearsal;
import io.perilune.engine.Rehearsal.What;
import io.perilune.engine.Reply;
import io.perilune.http.json.JsonWriter;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;

/** What a script would have done differently, as JSON. */
final class RehearsalJson {
    private RehearsalJson() {}

    /** Within an object that has been begun. */
    static void writeFields(JsonWriter json, Rehearsal rehearsal) {
        json.field("commands", rehearsal.commands()).field("same", rehearsal.same());
        if (rehearsal.cut()) {
            json.field("cut", true);
        }
        var migration = rehearsal.migration();
        var problem = migration == null ? null : Replies.problem(migration, "");
        if (problem != null) {
            problem.write(json.name("migration"));
        }
        json.name("differences").beginArray();
        for (var difference : rehearsal.differences()) {
            for (var what : difference.what()) {
                write(json, difference, what);
            }
        }
        json.endArray();
    }

    private static void write(JsonWriter json, Rehearsal.Difference difference, What what) {
        var was = difference.was();
        var now = difference.now();
        json.beginObject()
                .field("index", was.index())
                .field("what", what.name().toLowerCase(Locale.ROOT))
                .name("was");
        part(json, was, now, what);
        part(json.name("now"), now, was, what);
        if (what == What.OUTCOME) {
            reason(json, now);
        }
        json.endObject();
    }

    /** Of {@code one} what makes it different from {@code other}. */
    private static void part(JsonWriter json, Past one, Past other, What what) {
        switch (what) {
            case OUTCOME -> outcome(json, one);
            case RESULT -> result(json, one);
            case STATE -> PastJson.writes(json, without(one.writes(), other.writes()));
            case EVENTS -> PastJson.events(json, one.events());
            case GAS -> json.number(Rehearsal.gas(one));
        }
    }

    private static <T> List<T> without(List<T> all, List<T> others) {
        var known = new HashSet<>(others);
        return all.stream().filter(each -> !known.contains(each)).toList();
    }

    private static void outcome(JsonWriter json, Past past) {
        if (!past.atomic()) {
            json.text(PastJson.outcome(past.calls().get(0).reply()));
            return;
        }
        json.beginArray();
        past.calls().forEach(call -> json.text(PastJson.outcome(call.reply())));
        json.endArray();
    }

    private static void result(JsonWriter json, Past past) {
        if (!past.atomic()) {
            result(json, past.calls().get(0).reply());
            return;
        }
        json.beginArray();
        past.calls().forEach(call -> result(json, call.reply()));
        json.endArray();
    }

    private static void result(JsonWriter json, Reply reply) {
        var problem = Replies.problem(reply, "");
        if (problem != null) {
            problem.write(json);
        } else if (reply instanceof Reply.Done done) {
            json.value(done.result());
        }
    }

    /** Why it did not end well now. */
    private static void reason(JsonWriter json, Past now) {
        var last = now.calls().get(now.calls().size() - 1).reply();
        var problem = Replies.problem(last, "");
        if (problem != null) {
            problem.write(json.name("problem"));
        }
    }
}
