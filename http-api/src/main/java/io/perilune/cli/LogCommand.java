package io.perilune.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.perilune.client.Api;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "log", description = "Print what the last commands of a machine did.")
@SuppressWarnings("NullAway.Init") // picocli fills the fields
final class LogCommand implements Callable<Integer> {
    private static final List<String> COLUMNS = List.of("INDEX", "COMMAND", "ARGUMENTS", "OUTCOME", "GAS", "WRITES");
    private static final int SHOWN_CHARACTERS_MAX = 60;

    @Mixin
    private NodeOption node;

    @Parameters(index = "0", paramLabel = "MACHINE")
    private String machine;

    @Parameters(index = "1", arity = "0..1", paramLabel = "INDEX", description = "Print all of this one.")
    private @Nullable Long index;

    @Option(names = "--from", paramLabel = "INDEX", description = "Begin here; without it, the newest are shown.")
    private @Nullable Long from;

    @Option(
            names = {"-n", "--limit"},
            defaultValue = "20",
            description = "Commands shown (default: ${DEFAULT-VALUE}).")
    private int limit;

    @Override
    public Integer call() throws Exception {
        var path = "/v1/machines/" + Api.escape(machine) + "/log";
        if (index != null) {
            return node.print(node.api().get(path + "/" + index), JsonNode::toPrettyString);
        }
        return node.print(
                node.api().get(path + "?limit=" + limit + (from == null ? "" : "&from=" + from)), LogCommand::table);
    }

    private static String table(JsonNode log) {
        var rows = new ArrayList<List<String>>();
        rows.add(COLUMNS);
        for (var entry : log.path("items")) {
            var calls = entry.has("calls") ? entry.path("calls") : List.of(entry);
            for (var call : calls) {
                rows.add(List.of(
                        entry.path("index").asText(),
                        call.path("name").asText("apply"),
                        shortened(call.path("args").toString()),
                        outcome(call),
                        call.path("gas").asText(),
                        String.valueOf(entry.path("writes").size())));
            }
        }
        return Columns.aligned(rows);
    }

    private static String outcome(JsonNode call) {
        var outcome = call.path("outcome").asText();
        return outcome.equals("applied")
                ? shortened(call.path("result").toString())
                : outcome + " " + call.path("problem").path("code").asText();
    }

    private static String shortened(String text) {
        return text.length() <= SHOWN_CHARACTERS_MAX ? text : text.substring(0, SHOWN_CHARACTERS_MAX) + "...";
    }
}
