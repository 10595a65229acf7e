package io.perilune.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.perilune.cli.terminal.ExitCode;
import io.perilune.client.Api;
import io.perilune.client.Credentials;
import io.perilune.client.Outcome;
import io.perilune.client.PeriluneClient;
import io.perilune.tls.Tls;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the commands that talk to a node find it, and how they print what it said. */
final class NodeOption {
    @Option(
            names = "--url",
            paramLabel = "URL[,URL...]",
            defaultValue = "${env:PERILUNE_URL:-http://127.0.0.1:7070}",
            description = "Nodes of the cluster, one or more (default: ${DEFAULT-VALUE}; PERILUNE_URL).")
    private String url = "";

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description = "Who you are, where the cluster has tokens; better given as PERILUNE_TOKEN, which no"
                    + " list of processes shows.")
    private @Nullable String token;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "Certificates (PEM) of the authorities that https nodes are believed by (PERILUNE_CA).")
    private @Nullable Path authorities;

    @Option(names = "--json", description = "Print the whole answer as the node sent it.")
    private boolean json;

    List<String> urls() {
        return List.of(url.split("\\s*,\\s*"));
    }

    Credentials credentials() throws IOException {
        return new Credentials(token, authorities == null ? null : Tls.trusting(authorities));
    }

    /** One node, asked as it is: of several, the first that is there. */
    Api api() throws IOException, InterruptedException {
        var first = new Api(urls().get(0), credentials());
        for (var each : urls().size() == 1 ? List.<String>of() : urls()) {
            try {
                var api = new Api(each, credentials());
                if (api.get("/healthz").succeeded()) {
                    return api;
                }
            } catch (IOException down) {
                // The next may be there.
            }
        }
        return first;
    }

    /** Another node of the same cluster. */
    Api api(String address) throws IOException {
        var first = urls().get(0);
        var scheme = first.startsWith("https://") ? "https://" : "http://";
        return new Api(scheme + address, credentials());
    }

    /** The whole cluster: what one node cannot do now is tried at the others. */
    PeriluneClient client() throws IOException {
        return PeriluneClient.of(urls(), credentials());
    }

    boolean isJson() {
        return json;
    }

    /** Prints what was done in the words of {@code shown}, or why it was not, with the exit code for it. */
    <T> int print(Outcome<T> outcome, Function<T, String> shown) {
        if (outcome instanceof Outcome.Done<T> done) {
            System.out.println(shown.apply(done.value()));
            return ExitCode.OK;
        } else if (outcome instanceof Outcome.Rejected<T> rejected) {
            return explain(rejected.problem().body(), System.err, ExitCode.FAILED);
        } else if (outcome instanceof Outcome.Failed<T> failed) {
            return explain(failed.problem().body(), System.err, ExitCode.FAILED);
        } else if (outcome instanceof Outcome.Refused<T> refused) {
            return explain(refused.problem().body(), System.err, ExitCode.FAILED);
        } else if (outcome instanceof Outcome.Unavailable<T> unavailable) {
            System.err.println("perilune: " + unavailable.detail());
            return ExitCode.UNREACHABLE;
        } else if (outcome instanceof Outcome.Unknown<T> unknown) {
            System.err.println("perilune: it may or may not have been done; --key " + unknown.key()
                    + " sends it again without doing it twice (" + unknown.detail() + ")");
            return ExitCode.UNKNOWN;
        }
        throw new IllegalStateException("a seventh outcome: " + outcome);
    }

    static String text(JsonNode value) {
        return value.isTextual() ? value.textValue() : value.toString();
    }

    /** Prints {@code field} of a good answer on standard output, or the problem on standard error. */
    int print(Api.Answer answer, String field) {
        return print(answer, body -> {
            var shown = field.isEmpty() ? body : body.path(field);
            return text(shown);
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
        return explain(
                answer.body(),
                err,
                switch (answer.status()) {
                    case 503 -> ExitCode.UNREACHABLE;
                    case 504 -> ExitCode.UNKNOWN;
                    default -> ExitCode.FAILED;
                });
    }

    private int explain(JsonNode problem, PrintStream err, int code) {
        if (json || !problem.isObject()) {
            err.println(text(problem));
            return code;
        }
        var at = problem.path("at").asText("");
        err.println("perilune: "
                + problem.path("code").asText(problem.path("title").asText()) + ": "
                + problem.path("detail").asText() + (at.isEmpty() ? "" : " (" + at + ")"));
        if (problem.has("traceback")) {
            err.println(problem.path("traceback").asText());
        }
        if (problem.path("status").asInt() == 401) {
            err.println("perilune: show a token with PERILUNE_TOKEN; perilune token create NAME --scope ... makes one");
        }
        return code;
    }
}
