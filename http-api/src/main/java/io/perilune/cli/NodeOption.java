package io.perilune.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.perilune.cli.terminal.ExitCode;
import io.perilune.client.Api;
import java.io.PrintStream;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** How the commands that talk to a node find it, and how they print what it said. */
final class NodeOption {
    @Option(
            names = "--url",
            paramLabel = "URL",
            defaultValue = "${env:PERILUNE_URL:-http://127.0.0.1:7070}",
            description = "Any node of the cluster (default: ${DEFAULT-VALUE}; PERILUNE_URL).")
    private String url = "";

    @Option(names = "--json", description = "Print the whole answer as the node sent it.")
    private boolean json;

    Api api() {
        return new Api(url.contains("://") ? url : "http://" + url);
    }

    /** Prints {@code field} of a good answer on standard output, or the problem on standard error. */
    int print(Api.Answer answer, String field) {
        return print(answer, body -> {
            var shown = field.isEmpty() ? body : body.path(field);
            return shown.isTextual() ? shown.textValue() : shown.toString();
        });
    }

    /** The same with a good answer put into words by {@code shown}, unless {@code --json} asks for all of it. */
    int print(Api.Answer answer, Function<JsonNode, String> shown) {
        if (!answer.succeeded()) {
            return explain(answer, System.err);
        }
        System.out.println(json ? answer.body().toString() : shown.apply(answer.body()));
        return ExitCode.OK;
    }

    private int explain(Api.Answer answer, PrintStream err) {
        var problem = answer.body();
        if (json || !problem.isObject()) {
            err.println(problem.isTextual() ? problem.textValue() : problem.toString());
        } else {
            var at = problem.path("at").asText("");
            err.println("perilune: "
                    + problem.path("code").asText(problem.path("title").asText()) + ": "
                    + problem.path("detail").asText() + (at.isEmpty() ? "" : " (" + at + ")"));
            if (problem.has("traceback")) {
                err.println(problem.path("traceback").asText());
            }
        }
        return switch (answer.status()) {
            case 503 -> ExitCode.UNREACHABLE;
            case 504 -> ExitCode.UNKNOWN;
            default -> ExitCode.FAILED;
        };
    }
}
