package io.perilune.http;

import io.perilune.engine.Engine;
import io.perilune.engine.Reply;
import io.perilune.engine.replication.Replication.MemberChange;
import io.perilune.engine.replication.Replication.Newcomer;
import io.perilune.engine.replication.Replication.Reason;
import io.perilune.http.json.JsonWriter;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Value;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Nodes that come to the cluster and leave it. */
final class Members {
    private static final String SHAPE =
            "the body names the node, as in {\"id\": 4, \"raft\": \"10.0.0.4:7080\", \"http\": \"10.0.0.4:7070\"};"
                    + " \"http\" may be left out, and \"replaces\": 2 names a member whose place it takes";
    private static final Set<String> FIELDS = Set.of("id", "raft", "http", "replaces");

    private final Engine engine;
    private final ApiOptions.Bounds bounds;

    Members(Engine engine, ApiOptions.Bounds bounds) {
        this.engine = engine;
        this.bounds = bounds;
    }

    /** Accepted rather than done: it is a learner now, and gets its vote by itself. */
    CompletionStage<Answer> add(Ask ask) {
        var wanted = newcomer(ask.json());
        return engine.addMember(wanted, ask.parameters().timeoutMillis(bounds))
                .thenApplyAsync(change -> accepted(wanted, index(change)), ask.io());
    }

    private static Answer accepted(Newcomer newcomer, long index) {
        var json = new JsonWriter()
                .beginObject()
                .field("id", newcomer.id())
                .field("raft", newcomer.raft())
                .field("http", newcomer.http().isEmpty() ? null : newcomer.http())
                .field("voter", false)
                .field("index", index);
        if (newcomer.replaces() != 0) {
            json.field("replaces", newcomer.replaces());
        }
        return Answer.json(202, json.endObject());
    }

    CompletionStage<Answer> remove(Ask ask) {
        var id = id(ask.variables().get(0));
        return engine.removeMember(id, ask.parameters().timeoutMillis(bounds))
                .thenApplyAsync(
                        change -> Answer.ok(new JsonWriter()
                                .beginObject()
                                .field("removed", id)
                                .field("index", index(change))
                                .endObject()),
                        ask.io());
    }

    private static long index(MemberChange change) {
        if (change instanceof MemberChange.Done done) {
            return done.index();
        }
        throw problem(change).thrown();
    }

    private static Problem problem(MemberChange change) {
        if (change instanceof MemberChange.Refused refused) {
            return Problem.of(
                    switch (refused.mistake()) {
                        case IN_PROGRESS -> Kind.MEMBER_CHANGE_IN_PROGRESS;
                        case NO_SUCH_MEMBER -> Kind.NO_SUCH_MEMBER;
                        case UNSOUND -> Kind.MEMBER_CHANGE_REFUSED;
                    },
                    refused.detail());
        } else if (change instanceof MemberChange.Unavailable unavailable) {
            return Replies.unavailable(new Reply.Unavailable(why(unavailable.reason()), unavailable.detail()));
        } else if (change instanceof MemberChange.Unknown unknown) {
            return Problem.of(Kind.OUTCOME_UNKNOWN, unknown.detail());
        }
        throw new IllegalStateException("no answer for " + change);
    }

    private static Reply.Why why(Reason reason) {
        return switch (reason) {
            case NO_LEADER -> Reply.Why.NO_LEADER;
            case OVERLOADED, TOO_LARGE -> Reply.Why.OVERLOADED;
            case SHUTTING_DOWN -> Reply.Why.SHUTTING_DOWN;
        };
    }

    private static Newcomer newcomer(Value body) {
        if (!(body instanceof Value.Obj object)) {
            throw bad(SHAPE);
        }
        for (var name : object.fields().keySet()) {
            if (!FIELDS.contains(name.toString())) {
                throw bad("there is no field \"" + Names.shown(name.toString()) + "\" here; " + SHAPE);
            }
        }
        var raft = text(object.fields(), "raft");
        if (raft == null) {
            throw bad(SHAPE);
        }
        var http = text(object.fields(), "http");
        var id = id(object.fields(), "id");
        if (id == 0) {
            throw bad(SHAPE);
        }
        return new Newcomer(id, raft, http == null ? "" : http, id(object.fields(), "replaces"));
    }

    /** 0 if there is none. */
    private static long id(SortedMap<Bytes, Value> fields, String name) {
        var value = fields.get(Bytes.utf8(name));
        if (value == null || value instanceof Value.Null) {
            return 0;
        }
        if (value instanceof Value.Num number && number.value() >= 1 && number.value() == Math.rint(number.value())) {
            return (long) number.value();
        }
        throw bad(SHAPE);
    }

    private static @Nullable String text(SortedMap<Bytes, Value> fields, String name) {
        var value = fields.get(Bytes.utf8(name));
        if (value == null || value instanceof Value.Null) {
            return null;
        }
        if (value instanceof Value.Str text) {
            return text.value().utf8().orElseThrow(() -> bad(SHAPE));
        }
        throw bad(SHAPE);
    }

    private static long id(Bytes text) {
        try {
            var id = Long.parseLong(text.toString());
            if (id >= 1) {
                return id;
            }
        } catch (NumberFormatException malformed) {
            // Said below, with the same words.
        }
        throw Problem.of(Kind.BAD_NAME, "a member is named by its id, not \"" + Names.shown(text.toString()) + "\"")
                .thrown();
    }

    private static Problem.Thrown bad(String detail) {
        return Problem.of(Kind.BAD_BODY, detail).thrown();
    }
}
