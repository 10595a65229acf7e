package io.perilune.http;

import io.perilune.scripting.Bytes;
import io.perilune.scripting.Suggestion;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds the row of the API for a method and a path. Paths are matched as they came, before decoding, so that an
 * encoded slash is part of a name and {@code ..} is only an odd name.
 */
final class Router {
    private static final Set<String> WELL_KNOWN_METHODS =
            Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    /** A row, with the path's variables decoded. */
    record Match(Route route, List<Bytes> variables) {}

    private record Row(Route route, String[] template) {
        boolean matches(String[] path) {
            var last = template.length - 1;
            var rest = template[last].equals(Route.REST);
            if (rest ? path.length < template.length : path.length != template.length) {
                return false;
            }
            for (var i = 0; i < (rest ? last : template.length); i++) {
                if (!template[i].equals(Route.VARIABLE) && !template[i].equals(path[i])) {
                    return false;
                }
            }
            return true;
        }

        List<Bytes> variables(String[] path) {
            var variables = new ArrayList<Bytes>(2);
            for (var i = 0; i < template.length; i++) {
                if (template[i].equals(Route.VARIABLE)) {
                    variables.add(PercentEncoding.segment(path[i]));
                } else if (template[i].equals(Route.REST)) {
                    var rest = String.join("/", List.of(path).subList(i, path.length));
                    variables.add(PercentEncoding.segment(rest));
                }
            }
            return variables;
        }
    }

    private final List<Row> rows;

    Router(List<Route> routes) {
        rows = routes.stream()
                .map(route -> new Row(route, split(route.template())))
                .toList();
    }

    private static String[] split(String path) {
        return path.substring(1).split("/", -1);
    }

    /**
     * @param path raw, beginning with a slash
     * @throws Problem.Thrown if there is nothing at this path, or not for this method
     */
    Match match(String method, String path) {
        var segments = split(path);
        var wanted = method.equals("HEAD") ? "GET" : method;
        var allowed = new TreeSet<String>();
        for (var row : rows) {
            if (row.matches(segments)) {
                if (row.route.method().equals(wanted)) {
                    return new Match(row.route, row.variables(segments));
                }
                allowed.add(row.route.method());
            }
        }
        throw (allowed.isEmpty() ? notFound(path) : new NotAllowed(method, allowed).problem()).thrown();
    }

    private Problem notFound(String path) {
        var problem =
                Problem.of(Kind.NOT_FOUND, "there is nothing at " + Names.shown(path) + "; GET / lists what there is");
        return problem.suggesting(Suggestion.nearest(
                path,
                rows.stream()
                        .map(row -> row.route.template())
                        .filter(template -> template.indexOf('{') < 0)
                        .toList()));
    }

    /** The methods that a path takes; empty for an unknown path. */
    Set<String> allowed(String path) {
        var segments = split(path);
        var allowed = new TreeSet<String>();
        for (var row : rows) {
            if (row.matches(segments)) {
                allowed.add(row.route.method());
            }
        }
        if (allowed.contains("GET")) {
            allowed.add("HEAD");
        }
        return allowed;
    }

    private record NotAllowed(String method, Set<String> allowed) {
        Problem problem() {
            var shown = WELL_KNOWN_METHODS.contains(method) ? method : Names.shown(method);
            return Problem.of(
                    Kind.METHOD_NOT_ALLOWED, "this path takes " + String.join(", ", allowed) + ", not " + shown);
        }
    }
}
