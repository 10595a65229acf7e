package io.perilune.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.perilune.client.Api;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "trace", description = "Run a past command again and print the lines that ran.")
@SuppressWarnings("NullAway.Init") // picocli fills the fields
final class TraceCommand implements Callable<Integer> {
    private static final List<String> COLUMNS = List.of("LINE", "LOCALS", "CALL");

    @Mixin
    private NodeOption node;

    @Parameters(index = "0", paramLabel = "MACHINE")
    private String machine;

    @Parameters(index = "1", paramLabel = "INDEX", description = "Of the command, as its answer and the log have it.")
    private long index;

    @Override
    public Integer call() throws Exception {
        var path = "/v1/machines/" + Api.escape(machine) + "/log/" + index + "/trace";
        return node.print(node.api().get(path), TraceCommand::table);
    }

    private static String table(JsonNode trace) {
        var rows = new ArrayList<List<String>>();
        rows.add(COLUMNS);
        for (var step : trace.path("steps")) {
            var locals = new ArrayList<String>();
            step.path("locals").properties().forEach(local -> locals.add(local.getKey() + "=" + local.getValue()));
            rows.add(List.of(step.path("at").asText(), String.join(" ", locals), call(step.path("call"))));
        }
        var end = trace.path("cut").asBoolean() ? "\n... and so on: the trace was cut" : "";
        return Columns.aligned(rows) + end;
    }

    private static String call(JsonNode call) {
        if (call.isMissingNode()) {
            return "";
        }
        var arguments = new ArrayList<String>();
        call.path("args").forEach(argument -> arguments.add(argument.toString()));
        return call.path("name").asText() + "(" + String.join(", ", arguments) + ") -> " + call.path("result");
    }
}
