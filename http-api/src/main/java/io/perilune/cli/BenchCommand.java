package io.perilune.cli;

import io.perilune.cli.bench.Load;
import io.perilune.cli.terminal.Console;
import io.perilune.cli.terminal.ExitCode;
import io.perilune.client.Api;
import io.perilune.client.Outcome;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "bench",
        description = {
            "Send commands for a while and tell how many were done and how long they took.",
            "Without a target, to a counter that is put on machine 'bench'."
        })
@SuppressWarnings("NullAway.Init") // picocli fills the fields
final class BenchCommand implements Callable<Integer> {
    private static final String COUNTER =
            "function commands.add(args) return update('n', function(n) return (n or 0) + 1 end) end\n";

    @Mixin
    private NodeOption node;

    @Spec
    private CommandSpec command;

    @Parameters(index = "0", arity = "0..1", paramLabel = "MACHINE/NAME", converter = Target.Converter.class)
    private @Nullable Target target;

    @Parameters(
            index = "1..*",
            paramLabel = "k=text|k:=json",
            description = "Fields of the argument; or one JSON text.")
    private List<String> arguments = List.of();

    @Option(
            names = "--connections",
            paramLabel = "N",
            defaultValue = "64",
            description = "At one time, spread over the nodes of --url (default: ${DEFAULT-VALUE}).")
    private int connections;

    @Option(
            names = "--duration",
            paramLabel = "SECONDS",
            defaultValue = "10",
            description = "Default: ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "1",
            description = "Commands in each request, as NDJSON where there are several (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Requests due in a second, whether or not the cluster keeps up (default: as many as it does).")
    private double rate;

    @Override
    public Integer call() throws Exception {
        require(connections >= 1 && connections <= 10_000, "--connections is within 1..10000");
        require(seconds >= 1 && seconds <= 86_400, "--duration is within 1..86400 seconds");
        require(batch >= 1 && batch <= 10_000, "--batch is within 1..10000");
        require(rate >= 0, "--rate is not negative");
        var shot = shot();
        if (target == null) {
            var deployed = node.client().deploy("bench", COUNTER);
            if (!(deployed instanceof Outcome.Done)) {
                return node.print(deployed, Object::toString);
            }
        }
        var console = new Console(System.err);
        var plan = new Load.Plan(connections, rate, Duration.ofSeconds(seconds));
        var report = Load.run(node.credentials(), shot, plan, soFar -> {
            if (console.terminal()) {
                System.err.printf(Locale.ROOT, "\r%,12.0f commands/s ", soFar.commandsPerSecond());
                System.err.flush();
            }
        });
        if (console.terminal()) {
            System.err.println();
        }
        System.out.println(node.isJson() ? json(report) : text(report));
        return report.good().getTotalCount() > 0 ? ExitCode.OK : ExitCode.FAILED;
    }

    private void require(boolean holds, String rule) {
        if (!holds) {
            throw new ParameterException(command.commandLine(), rule);
        }
    }

    private Load.Shot shot() {
        var line = Arguments.json(arguments, command);
        var path = (target == null ? new Target("bench", "add") : target).path("commands");
        return batch == 1
                ? new Load.Shot(node.urls(), path, "application/json", bytes(line), 1)
                : new Load.Shot(node.urls(), path, "application/x-ndjson", bytes((line + "\n").repeat(batch)), batch);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(Load.Report report) {
        var good = report.good();
        var text = new StringBuilder(String.format(
                Locale.ROOT,
                "%,.0f commands/s; latency of a request: p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, most %.2f ms%n",
                report.commandsPerSecond(),
                good.getValueAtPercentile(50) / 1e3,
                good.getValueAtPercentile(99) / 1e3,
                good.getValueAtPercentile(99.9) / 1e3,
                good.getMaxValue() / 1e3));
        report.statuses()
                .forEach((status, count) -> text.append(String.format(
                        Locale.ROOT, "  %,12d %s%n", count, status == 0 ? "without an answer" : "answered " + status)));
        return text.toString().stripTrailing();
    }

    private static String json(Load.Report report) {
        var good = report.good();
        var json = Api.JSON
                .createObjectNode()
                .put("seconds", report.nanos() / 1e9)
                .put("commands_per_second", report.commandsPerSecond())
                .put("p50_ms", good.getValueAtPercentile(50) / 1e3)
                .put("p99_ms", good.getValueAtPercentile(99) / 1e3)
                .put("p999_ms", good.getValueAtPercentile(99.9) / 1e3)
                .put("max_ms", good.getMaxValue() / 1e3);
        var statuses = json.putObject("statuses");
        report.statuses().forEach((status, count) -> statuses.put(Integer.toString(status), count));
        return json.toString();
    }
}
