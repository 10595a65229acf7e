package io.perilune.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.perilune.cli.terminal.ExitCode;
import io.perilune.client.Api;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "rehearse",
        description = "Run a script over the last commands of a machine and print what would have been different.")
@SuppressWarnings("NullAway.Init") // picocli fills the fields
final class RehearseCommand implements Callable<Integer> {
    @Mixin
    private NodeOption node;

    @Parameters(index = "0", paramLabel = "FILE")
    private Path file;

    @Option(
            names = {"-m", "--machine"},
            required = true,
            paramLabel = "MACHINE")
    private String machine;

    @Option(names = "--last", defaultValue = "1000", description = "Commands (default: ${DEFAULT-VALUE}).")
    private int last;

    @Override
    public Integer call() throws Exception {
        if (!Files.isRegularFile(file)) {
            throw new IOException("there is no file " + file);
        }
        var body = Api.JSON
                .createObjectNode()
                .put("script", Files.readString(file))
                .put("last", last);
        var answer = node.api().post("/v1/machines/" + Api.escape(machine) + "/rehearse", body.toString());
        var printed = node.print(answer, RehearseCommand::report);
        return printed == ExitCode.OK && !isSame(answer.body()) ? ExitCode.DIFFERENT : printed;
    }

    private static boolean isSame(JsonNode report) {
        return report.path("differences").isEmpty() && !report.has("migration") && !report.has("cut");
    }

    private static String report(JsonNode report) {
        var text = new StringBuilder();
        text.append(report.path("same").asText())
                .append(" of ")
                .append(report.path("commands").asText())
                .append(" commands would have done the same");
        if (report.has("migration")) {
            text.append("\nmigrate fails: ")
                    .append(report.path("migration").path("detail").asText());
        }
        for (var difference : report.path("differences")) {
            text.append('\n')
                    .append(difference.path("index").asText())
                    .append(' ')
                    .append(difference.path("what").asText())
                    .append("\n  was ")
                    .append(difference.path("was"))
                    .append("\n  now ")
                    .append(difference.path("now"));
        }
        return report.has("cut") ? text + "\n... and so on: the rehearsal was cut" : text.toString();
    }
}
