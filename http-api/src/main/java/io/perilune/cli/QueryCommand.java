package io.perilune.cli;

import io.perilune.client.Api;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "query", description = "Ask a machine's query and print its result.")
@SuppressWarnings("NullAway.Init") // picocli fills the fields
final class QueryCommand implements Callable<Integer> {
    @Mixin
    private NodeOption node;

    @Spec
    private CommandSpec command;

    @Parameters(index = "0", paramLabel = "MACHINE/NAME", converter = Target.Converter.class)
    private Target target;

    @Parameters(
            index = "1..*",
            paramLabel = "k=text|k:=json",
            description = "Fields of the argument; or one JSON text.")
    private List<String> arguments = List.of();

    @Option(
            names = "--consistency",
            defaultValue = "linearizable",
            description = "linearizable, lease or local (default: ${DEFAULT-VALUE}).")
    private String consistency;

    @Override
    public Integer call() throws Exception {
        var argument = Api.JSON.readTree(Arguments.json(arguments, command));
        return node.print(
                node.client().query(target.machine(), target.name(), argument, consistency, 0),
                queried ->
                        node.isJson() ? Api.JSON.valueToTree(queried).toString() : NodeOption.text(queried.result()));
    }
}
