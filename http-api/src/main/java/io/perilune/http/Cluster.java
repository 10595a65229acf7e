package io.perilune.http;

import io.perilune.engine.Engine;
import io.perilune.engine.Trust;
import io.perilune.engine.replication.Replication.ClusterStatus;
import io.perilune.engine.replication.Replication.SnapshotTaking;
import io.perilune.http.json.JsonWriter;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Value;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The cluster as this node sees it, and whether this node serves. */
final class Cluster {
    private final Engine engine;
    private final ApiOptions options;
    private final BooleanSupplier draining;

    Cluster(Engine engine, ApiOptions options, BooleanSupplier draining) {
        this.engine = engine;
        this.options = options;
        this.draining = draining;
    }

    CompletionStage<Answer> status(Ask ask) {
        var status = engine.status();
        var json = new JsonWriter()
                .beginObject()
                .field("cluster", status.clusterId())
                .field("node", status.self())
                .field("version", options.version())
                .field("role", status.role())
                .field("leader", status.leader())
                .field("term", status.term())
                .field("commit", status.commit())
                .field("applied", status.applied())
                .field("last", status.lastIndex())
                .field("snapshot", status.snapshotIndex())
                .field("ready", status.ready() && !isDiverged())
                .name("agreement")
                .beginObject();
        var trust = engine.trust();
        json.field("finding", finding(trust)).field("index", trust.index());
        if (!trust.others().isEmpty()) {
            json.name("others").beginArray();
            trust.others().forEach(json::number);
            json.endArray();
        }
        json.endObject().name("members").beginArray();
        for (var member : status.members()) {
            json.beginObject()
                    .field("id", member.id())
                    .field("raft", member.raft())
                    .field("http", member.http())
                    .field("voter", member.voter())
                    .field("leader", member.id() == status.leader());
            var match = member.match();
            var active = member.active();
            if (match != null) {
                json.field("match", match);
            }
            if (active != null) {
                json.field("active", active);
            }
            var replaces = member.replaces();
            if (replaces != null) {
                json.field("replaces", replaces);
            }
            json.endObject();
        }
        return done(Answer.ok(json.endArray().endObject()));
    }

    private boolean isDiverged() {
        return engine.trust().finding() == Trust.Finding.DIVERGED;
    }

    private static String finding(Trust trust) {
        return trust.finding().name().toLowerCase(Locale.ROOT);
    }

    CompletionStage<Answer> transfer(Ask ask) {
        var member = wantedLeader(ask.json());
        var status = engine.status();
        if (status.members().stream().noneMatch(m -> m.id() == member)) {
            throw Problem.of(Kind.NO_SUCH_MEMBER, "the cluster has no member " + member + ", but " + ids(status))
                    .thrown();
        }
        if (status.leader() == member) {
            return done(transferred(true, member));
        }
        return engine.transferLeadership(member, ask.parameters().timeoutMillis(options.bounds()))
                .thenApplyAsync(moved -> transferred(moved, member), ask.io());
    }

    private static String ids(ClusterStatus status) {
        return String.join(
                ", ", status.members().stream().map(m -> Long.toString(m.id())).toList());
    }

    private Answer transferred(boolean moved, long member) {
        if (!moved) {
            throw Problem.of(
                            Kind.TRANSFER_FAILED,
                            "member " + member + " did not become the leader in time; "
                                    + (engine.status().leader()
                                                    == engine.status().self()
                                            ? "it may be down or far behind"
                                            : "ask the leader, node "
                                                    + engine.status().leader()))
                    .thrown();
        }
        return Answer.ok(new JsonWriter()
                .beginObject()
                .field("leader", member)
                .field("term", engine.status().term())
                .endObject());
    }

    private static long wantedLeader(Value body) {
        if (body instanceof Value.Obj object
                && object.fields().size() == 1
                && object.fields().get(Bytes.utf8("id")) instanceof Value.Num number
                && number.value() >= 1
                && number.value() == Math.rint(number.value())) {
            return (long) number.value();
        }
        throw Problem.of(Kind.BAD_BODY, "the body names the member, as in {\"id\": 2}")
                .thrown();
    }

    /** Of this node's state, wherever the leader is: each node keeps its own. */
    CompletionStage<Answer> snapshot(Ask ask) {
        var timeoutMillis = ask.parameters().timeoutMillis(options.bounds());
        return engine.takeSnapshot()
                .thenApply(this::snapshotTaken)
                .completeOnTimeout(null, timeoutMillis, TimeUnit.MILLISECONDS)
                .thenApplyAsync(answer -> answer == null ? stillWriting(timeoutMillis) : answer, ask.io());
    }

    private @Nullable Answer snapshotTaken(SnapshotTaking outcome) {
        if (outcome instanceof SnapshotTaking.Taken taken) {
            return Answer.ok(new JsonWriter()
                    .beginObject()
                    .field("node", engine.status().self())
                    .field("index", taken.index())
                    .endObject());
        }
        throw Problem.of(Kind.SNAPSHOT_NOT_TAKEN, ((SnapshotTaking.NotTaken) outcome).detail())
                .thrown();
    }

    private static Answer stillWriting(long timeoutMillis) {
        throw Problem.of(
                        Kind.OUTCOME_UNKNOWN,
                        "the snapshot is not complete after " + timeoutMillis
                                + " ms; it goes on, and \"snapshot\" in /v1/cluster says when it is there")
                .thrown();
    }

    /** The process runs and answers; nothing more is claimed. */
    CompletionStage<Answer> health(Ask ask) {
        return done(
                Answer.ok(new JsonWriter().beginObject().field("status", "ok").endObject()));
    }

    CompletionStage<Answer> readiness(Ask ask) {
        var status = engine.status();
        var trust = engine.trust();
        var ready = status.ready() && !draining.getAsBoolean() && !isDiverged();
        var json = new JsonWriter()
                .beginObject()
                .field("ready", ready)
                .name("reasons")
                .beginArray();
        if (draining.getAsBoolean()) {
            json.text("this node is stopping");
        }
        if (trust.isAlarming()) {
            json.text("the replicas did not agree at index " + trust.index() + ": " + finding(trust) + ", this node"
                    + " differs from " + trust.others());
        }
        if (status.leader() == 0) {
            json.text("no leader is known in term " + status.term());
        } else if (!status.ready()) {
            json.text("applied " + status.applied() + " of " + status.commit() + " committed entries");
        }
        var answer = Answer.json(ready ? 200 : 503, json.endArray().endObject());
        return done(ready ? answer : answer.with("Retry-After", "1"));
    }

    private static CompletionStage<Answer> done(Answer answer) {
        return CompletableFuture.completedFuture(answer);
    }
}
