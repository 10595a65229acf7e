package io.perilune.cli;

import io.perilune.cli.terminal.ExitCode;
import io.perilune.client.Api;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "scan", description = "Print keys and values of a machine's state, one JSON object a line.")
@SuppressWarnings("NullAway.Init") // picocli fills the fields
final class ScanCommand implements Callable<Integer> {
    private static final int PAGE = 1_000;

    @Mixin
    private NodeOption node;

    @Parameters(index = "0", paramLabel = "MACHINE")
    private String machine;

    @Option(names = "--prefix", defaultValue = "", description = "Only keys that start with this.")
    private String prefix;

    @Override
    public Integer call() throws Exception {
        var api = node.api();
        var cursor = "";
        do {
            var answer = api.get("/v1/machines/" + Api.escape(machine) + "/state?limit=" + PAGE
                    + (prefix.isEmpty() ? "" : "&prefix=" + Api.escape(prefix))
                    + (cursor.isEmpty() ? "" : "&cursor=" + Api.escape(cursor)));
            if (!answer.succeeded()) {
                return node.print(answer, "");
            }
            answer.body().path("items").forEach(System.out::println);
            cursor = answer.body().path("cursor").asText("");
            cursor = answer.body().path("cursor").isNull() ? "" : cursor;
        } while (!cursor.isEmpty());
        return ExitCode.OK;
    }
}
