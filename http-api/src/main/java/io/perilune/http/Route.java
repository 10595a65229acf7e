package io.perilune.http;

import io.perilune.http.access.Permission;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One row of the API.
 *
 * @param template of the path: segments, {@code {}} for a variable one, {@code {*}} at the end for all that is left
 * @param parameters that the query string may have; null for any
 * @param content that the body may be; null where no body is read
 * @param contentBytesMax of the body
 * @param place whether the handler may take long
 * @param redirects whether a follower may be asked to name the leader instead
 * @param needs of whoever asks; an admin's where a row does not say
 */
record Route(
        String method,
        String template,
        @Nullable Set<String> parameters,
        @Nullable MediaTypes content,
        int contentBytesMax,
        Place place,
        boolean redirects,
        Permission needs,
        Handler handler) {
    static final String VARIABLE = "{}";
    static final String REST = "{*}";

    /** Completes with a problem as an answer, or throws {@link Problem.Thrown}; any other failure is a bug. */
    interface Handler {
        CompletionStage<Answer> handle(Ask ask);
    }

    /** Where a handler starts. */
    enum Place {
        /** On the connection's thread: it must be done within microseconds or go on elsewhere. */
        IO,
        WORKER
    }

    static Route get(String template, Handler handler) {
        return new Route("GET", template, Set.of(), null, 0, Place.IO, false, Permission.ADMIN, handler);
    }

    static Route delete(String template, Handler handler) {
        return new Route("DELETE", template, Set.of(), null, 0, Place.IO, false, Permission.ADMIN, handler);
    }

    static Route post(String template, MediaTypes content, int contentBytesMax, Handler handler) {
        return new Route(
                "POST", template, Set.of(), content, contentBytesMax, Place.IO, false, Permission.ADMIN, handler);
    }

    /** One that takes no body. */
    static Route post(String template, Handler handler) {
        return new Route("POST", template, Set.of(), null, 0, Place.IO, false, Permission.ADMIN, handler);
    }

    static Route patch(String template, MediaTypes content, int contentBytesMax, Handler handler) {
        return new Route(
                "PATCH", template, Set.of(), content, contentBytesMax, Place.IO, false, Permission.ADMIN, handler);
    }

    static Route put(String template, MediaTypes content, int contentBytesMax, Handler handler) {
        return new Route(
                "PUT", template, Set.of(), content, contentBytesMax, Place.IO, false, Permission.ADMIN, handler);
    }

    /** The template with names instead of braces alone. */
    String readable() {
        return template.replaceFirst("machines/\\{}", "machines/{m}")
                .replace("/{}", method.equals("POST") || template.contains("queries") ? "/{name}" : "/{...}")
                .replace(REST, "{key}");
    }

    Route taking(Set<String> names) {
        var all = new HashSet<>(names);
        if (parameters != null) {
            all.addAll(parameters);
        }
        return new Route(method, template, all, content, contentBytesMax, place, redirects, needs, handler);
    }

    Route taking(String... names) {
        return taking(Set.of(names));
    }

    Route needing(Permission permission) {
        return new Route(method, template, parameters, content, contentBytesMax, place, redirects, permission, handler);
    }

    Route takingAnything() {
        return new Route(method, template, null, content, contentBytesMax, place, redirects, needs, handler);
    }

    Route onWorker() {
        return new Route(
                method, template, parameters, content, contentBytesMax, Place.WORKER, redirects, needs, handler);
    }

    /** Something that the leader orders: takes {@code timeout} and {@code redirect}. */
    Route ordered() {
        var timed = taking("timeout", "redirect");
        return new Route(method, template, timed.parameters, content, contentBytesMax, place, true, needs, handler);
    }
}
