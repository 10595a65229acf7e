package io.perilune.http;

import static io.perilune.http.Route.delete;
import static io.perilune.http.Route.get;
import static io.perilune.http.Route.patch;
import static io.perilune.http.Route.post;
import static io.perilune.http.Route.put;

import io.perilune.engine.Engine;
import io.perilune.http.access.Permission;
import io.perilune.http.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/** Every row of the API. */
final class Routes {
    private static final String M = "/v1/machines/{}";

    private Routes() {}

    static List<Route> of(
            Engine engine, ApiOptions options, Meters meters, EventStreams streams, BooleanSupplier draining) {
        var bounds = options.bounds();
        var rows = new ArrayList<Route>();
        rows.addAll(commands(new Commands(engine, bounds, meters), new Queries(engine, bounds, meters), bounds));
        var rehearsals = new Rehearsals(engine, bounds);
        rows.addAll(scripts(new Scripts(engine, bounds, rehearsals), bounds));
        rows.addAll(machines(new Machines(engine, bounds), new StatePages(engine, bounds), bounds));
        rows.addAll(log(new LogPages(engine, bounds), rehearsals, bounds));
        rows.add(get(M + "/events", new MachineEvents(engine, bounds, streams)::get)
                .needing(Permission.READ)
                .taking(MachineEvents.PARAMETERS));
        rows.add(get("/v1/events", new ClusterEvents(engine, streams)::get)
                .needing(Permission.METRICS)
                .taking("after"));
        rows.addAll(operations(new Cluster(engine, options, draining), new Members(engine, bounds), meters, bounds));
        rows.addAll(tokens(new Tokens(engine, bounds), bounds));
        rows.add(get("/v1/backup", new Backups(engine, bounds, options.spool())::get)
                .taking(Parameters.READ));
        rows.add(put("/v1/restore", MediaTypes.ARCHIVE, 0, Routes::takenByTheGateway));
        var console = new WebConsole();
        rows.add(get("/console/console.js", console::code).needing(Permission.OPEN));
        rows.add(get("/console/console.css", console::style).needing(Permission.OPEN));
        var index = index(rows, engine, options);
        rows.add(get("/", ask -> WebConsole.isWanted(ask) ? console.page(ask) : index.handle(ask))
                .needing(Permission.OPEN));
        return List.copyOf(rows);
    }

    /** First, for they are asked for most. */
    private static List<Route> commands(Commands commands, Queries queries, ApiOptions.Bounds bounds) {
        return List.of(
                post(M + "/commands/{}", MediaTypes.COMMANDS, bounds.bodyBytes(), commands::post)
                        .needing(Permission.CALL)
                        .ordered()
                        .taking("atomic"),
                post(M + "/commands", MediaTypes.COMMANDS, bounds.bodyBytes(), commands::post)
                        .needing(Permission.CALL)
                        .ordered()
                        .taking("atomic"),
                get(M + "/commands/{}", commands::fate).needing(Permission.FATE).taking(Parameters.READ),
                get(M + "/queries/{}", queries::get).needing(Permission.READ).takingAnything(),
                post(M + "/queries/{}", MediaTypes.JSON, bounds.bodyBytes(), queries::post)
                        .needing(Permission.READ)
                        .taking(Parameters.READ));
    }

    private static List<Route> scripts(Scripts scripts, ApiOptions.Bounds bounds) {
        return List.of(
                put(M + "/script", MediaTypes.SCRIPT, bounds.bundleBytes(), scripts::put)
                        .needing(Permission.DEPLOY)
                        .ordered()
                        .taking("activate", "dry_run", "rehearse")
                        .onWorker(),
                get(M + "/script", scripts::active).needing(Permission.READ).taking(Parameters.READ),
                get(M + "/versions", scripts::versions).needing(Permission.READ).taking(Parameters.READ),
                get(M + "/versions/{}", scripts::version)
                        .needing(Permission.READ)
                        .taking(Parameters.READ),
                post(M + "/activate", MediaTypes.JSON, bounds.bodyBytes(), scripts::activate)
                        .needing(Permission.DEPLOY)
                        .ordered()
                        .taking("rehearse"));
    }

    private static List<Route> machines(Machines machines, StatePages state, ApiOptions.Bounds bounds) {
        return List.of(
                get(M, machines::get).needing(Permission.READ).taking(Parameters.READ),
                get("/v1/machines", machines::list)
                        .needing(Permission.ANY_TOKEN)
                        .taking(Parameters.READ)
                        .taking("digest"),
                delete(M, machines::delete).needing(Permission.DEPLOY).ordered(),
                patch(M, MediaTypes.JSON, bounds.bodyBytes(), machines::patch)
                        .needing(Permission.DEPLOY)
                        .ordered(),
                get(M + "/state", state::page)
                        .needing(Permission.READ)
                        .taking(Parameters.READ)
                        .taking(StatePages.PARAMETERS),
                get(M + "/state/{*}", state::key).needing(Permission.READ).taking(Parameters.READ));
    }

    private static List<Route> log(LogPages log, Rehearsals rehearsals, ApiOptions.Bounds bounds) {
        return List.of(
                get(M + "/log", log::page)
                        .needing(Permission.READ)
                        .taking(Parameters.READ)
                        .taking(LogPages.PARAMETERS),
                get(M + "/log/{}", log::entry).needing(Permission.READ).taking(Parameters.READ),
                get(M + "/log/{}/trace", log::trace).needing(Permission.READ).taking(Parameters.READ),
                post(M + "/rehearse", MediaTypes.JSON, bounds.bundleBytes(), rehearsals::post)
                        .needing(Permission.DEPLOY)
                        .taking(Parameters.READ)
                        .onWorker());
    }

    private static List<Route> operations(Cluster cluster, Members members, Meters meters, ApiOptions.Bounds bounds) {
        return List.of(
                get("/v1/cluster", cluster::status).needing(Permission.ANY_TOKEN),
                post("/v1/cluster/leader", MediaTypes.JSON, bounds.bodyBytes(), cluster::transfer)
                        .ordered(),
                post("/v1/cluster/members", MediaTypes.JSON, bounds.bodyBytes(), members::add)
                        .ordered(),
                delete("/v1/cluster/members/{}", members::remove).ordered(),
                post("/v1/cluster/snapshot", cluster::snapshot).taking("timeout"),
                get("/healthz", cluster::health).needing(Permission.OPEN),
                get("/openapi.yaml", Description::get).needing(Permission.OPEN),
                get("/readyz", cluster::readiness).needing(Permission.OPEN),
                get("/metrics", ask -> CompletableFuture.completedFuture(meters.answer()))
                        .needing(Permission.METRICS)
                        .onWorker());
    }

    private static List<Route> tokens(Tokens tokens, ApiOptions.Bounds bounds) {
        return List.of(
                get("/v1/tokens", tokens::list).taking(Parameters.READ),
                post("/v1/tokens", MediaTypes.JSON, bounds.bodyBytes(), tokens::create)
                        .ordered(),
                delete("/v1/tokens/{}", tokens::revoke).ordered());
    }

    private static CompletionStage<Answer> takenByTheGateway(Ask ask) {
        throw new IllegalStateException("an archive goes into the log part by part");
    }

    /** Names the node and lists what it serves, for those who are no browser. */
    private static Route.Handler index(List<Route> rows, Engine engine, ApiOptions options) {
        var listed =
                rows.stream().map(row -> row.method() + " " + row.readable()).toList();
        return ask -> {
            var json = new JsonWriter()
                    .beginObject()
                    .field("name", "Perilune")
                    .field("version", options.version())
                    .field("node", engine.status().self())
                    .field("note", "a Lua-scriptable, replicated state machine platform; a browser gets a console here")
                    .name("endpoints")
                    .beginArray();
            listed.forEach(json::text);
            return CompletableFuture.completedFuture(Answer.ok(json.endArray().endObject()));
        };
    }
}
