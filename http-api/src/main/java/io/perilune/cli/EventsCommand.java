package io.perilune.cli;

import io.perilune.cli.terminal.ExitCode;
import io.perilune.client.Api;
import io.perilune.client.Outcome;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "events", description = "Print the events of a machine, one JSON object a line.")
@SuppressWarnings("NullAway.Init") // picocli fills the fields
final class EventsCommand implements Callable<Integer> {
    @Mixin
    private NodeOption node;

    @Parameters(index = "0", paramLabel = "MACHINE")
    private String machine;

    @Option(
            names = {"-f", "--follow"},
            description = "Go on with those to come; without it, print those that are kept.")
    private boolean follow;

    @Option(names = "--after", paramLabel = "INDEX[.SEQ]", description = "Begin behind this one.")
    private @Nullable String after;

    @Option(names = "--changes", description = "Changes of keys too.")
    private boolean changes;

    @Override
    public Integer call() throws Exception {
        if (follow) {
            return follow();
        }
        var path = "/v1/machines/" + Api.escape(machine) + "/events?changes=" + changes + "&after="
                + Api.escape(after == null ? "0" : after);
        var end = lastIndex();
        try (var lines = node.api().lines(path)) {
            return print(lines.reader(), end);
        } catch (Api.Refused refused) {
            return node.print(refused.answer(), "");
        }
    }

    /** Until the machine is deleted or somebody stops it; at another node where one fails. */
    private int follow() throws IOException, InterruptedException {
        try (var events = node.client().events(machine, after, changes, event -> System.out.println(event.data()))) {
            events.awaitEnd();
            var refusal = events.refusal();
            return refusal == null ? ExitCode.OK : node.print(new Outcome.Refused<>(refusal), Object::toString);
        }
    }

    /** Of the machine: everything up to it has happened already. */
    private long lastIndex() throws IOException, InterruptedException {
        return node.api()
                .get("/v1/machines/" + Api.escape(machine))
                .body()
                .path("index")
                .asLong();
    }

    private static int print(BufferedReader reader, long end) throws IOException {
        for (var line = reader.readLine(); line != null; line = reader.readLine()) {
            if (line.startsWith("data: ")) {
                var event = Api.JSON.readTree(line.substring("data: ".length()));
                if (event.path("index").asLong() > end) {
                    return ExitCode.OK;
                }
                System.out.println(event);
            } else if (line.equals(": caught up")) {
                return ExitCode.OK;
            }
        }
        return ExitCode.UNREACHABLE;
    }
}
