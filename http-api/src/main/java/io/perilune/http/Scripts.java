package io.perilune.http;

import io.perilune.engine.Engine;
import io.perilune.engine.Reply;
import io.perilune.engine.Request;
import io.perilune.engine.View;
import io.perilune.engine.View.Version;
import io.perilune.http.access.Caller;
import io.perilune.http.json.JsonWriter;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Sandbox;
import io.perilune.scripting.Value;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Uploading, reading and switching the versions of a machine's script. */
final class Scripts {
    /** A strong entity tag that is a version number. */
    private static final Pattern VERSION_TAG = Pattern.compile("\\s*\"([1-9][0-9]{0,17})\"\\s*");

    private final Engine engine;
    private final ApiOptions.Bounds bounds;
    private final Rehearsals rehearsals;

    Scripts(Engine engine, ApiOptions.Bounds bounds, Rehearsals rehearsals) {
        this.engine = engine;
        this.bounds = bounds;
        this.rehearsals = rehearsals;
    }

    CompletionStage<Answer> put(Ask ask) {
        var machine = ask.machine();
        var files = files(ask);
        var activate = ask.parameters().flag("activate", true);
        var isDry = ask.parameters().flag("dry_run", false);
        return rehearsals.pass(ask, ifMatch(ask), found -> files).thenCompose(expected -> {
            var deploy = new Request.Deploy(machine, files, activate, expected);
            return isDry
                    ? engine.dryRun(deploy).thenApplyAsync(reply -> ok(reply, machine, ask.caller()), ask.io())
                    : engine.submit(deploy, ask.parameters().timeoutMillis(bounds))
                            .thenApplyAsync(reply -> Replies.answer(reply, machine, ask.caller()), ask.io());
        });
    }

    private SortedMap<String, Bytes> files(Ask ask) {
        if (MediaTypes.essence(ask.header("Content-Type")).equals(MediaTypes.ZIP)) {
            return Bundle.unpack(ask.body(), bounds.bundleBytes());
        }
        return new TreeMap<>(Map.of(Sandbox.MAIN, Bytes.owned(ask.body())));
    }

    /** Neither a dry run nor a switch creates anything, however well it goes. */
    private static Answer ok(Reply reply, String machine, Caller caller) {
        var answer = Replies.answer(reply, machine, caller);
        return answer.status() == 201 ? answer.withStatus(200) : answer;
    }

    private static @Nullable Long ifMatch(Ask ask) {
        var header = ask.header("If-Match");
        if (header == null) {
            return null;
        }
        var tag = VERSION_TAG.matcher(header);
        if (!tag.matches()) {
            throw Problem.of(Kind.BAD_HEADER, "If-Match names one version, as in If-Match: \"7\"")
                    .thrown();
        }
        return Long.valueOf(tag.group(1));
    }

    CompletionStage<Answer> activate(Ask ask) {
        var machine = ask.machine();
        var version = wantedVersion(ask.json());
        return rehearsals
                .pass(ask, ifMatch(ask), found -> Rehearsals.version(found, version))
                .thenCompose(expected -> engine.submit(
                        new Request.Activate(machine, version, expected),
                        ask.parameters().timeoutMillis(bounds)))
                .thenApplyAsync(reply -> ok(reply, machine, ask.caller()), ask.io());
    }

    private static long wantedVersion(Value body) {
        if (body instanceof Value.Obj object
                && object.fields().size() == 1
                && object.fields().get(Bytes.utf8("version")) instanceof Value.Num number
                && number.value() >= 1
                && number.value() == Math.rint(number.value())) {
            return (long) number.value();
        }
        throw Problem.of(Kind.BAD_BODY, "the body names the version, as in {\"version\": 6}")
                .thrown();
    }

    CompletionStage<Answer> active(Ask ask) {
        var name = ask.machine();
        return engine.read(ask.parameters().readOptions(bounds))
                .thenApplyAsync(
                        read -> active(
                                ask, Reads.machine(read, name, ask.caller()).active(), name),
                        ask.worker());
    }

    private static Answer active(Ask ask, Version active, String machine) {
        if (active.number() == 0) {
            throw Problem.of(Kind.NO_SUCH_VERSION, "no version of \"" + machine + "\" has been activated")
                    .on(machine)
                    .thrown();
        }
        var tag = "\"" + active.number() + "\"";
        if (tag.equals(ask.header("If-None-Match"))) {
            return Answer.empty(304).with("ETag", tag);
        }
        return text(active).with("ETag", tag);
    }

    private static Answer text(Version version) {
        var main = version.files().get(Sandbox.MAIN);
        return main != null && version.files().size() == 1
                ? new Answer(200, MediaTypes.LUA, main.lend().clone())
                : new Answer(200, MediaTypes.ZIP, Bundle.pack(version.files()));
    }

    CompletionStage<Answer> versions(Ask ask) {
        var name = ask.machine();
        return engine.read(ask.parameters().readOptions(bounds))
                .thenApplyAsync(read -> versions(Reads.machine(read, name, ask.caller())), ask.worker());
    }

    private static Answer versions(View.Machine machine) {
        var json = new JsonWriter().beginObject().name("items").beginArray();
        for (var version : machine.versions()) {
            json.beginObject();
            describe(json, version, machine);
            json.endObject();
        }
        return Answer.ok(json.endArray().endObject());
    }

    private static void describe(JsonWriter json, Version version, View.Machine machine) {
        json.field("version", version.number())
                .field("sha256", version.sha256())
                .field("index", version.index())
                .field("time", version.time())
                .field("active", version.number() == machine.active().number());
    }

    CompletionStage<Answer> version(Ask ask) {
        var name = ask.machine();
        var number = Names.number(ask.variables().get(1), "a version");
        return engine.read(ask.parameters().readOptions(bounds))
                .thenApplyAsync(read -> version(Reads.machine(read, name, ask.caller()), number), ask.worker());
    }

    private static Answer version(View.Machine machine, long number) {
        for (var version : machine.versions()) {
            if (version.number() == number) {
                var json = new JsonWriter().beginObject();
                describe(json, version, machine);
                json.name("files").beginObject();
                version.files().forEach((name, text) -> json.name(name).bytes(text));
                return Answer.ok(json.endObject().endObject()).with("ETag", "\"" + number + "\"");
            }
        }
        throw Problem.of(
                        Kind.NO_SUCH_VERSION,
                        "\"" + machine.name() + "\" has no version " + number + "; .../versions lists what it has")
                .on(machine.name())
                .thrown();
    }
}
