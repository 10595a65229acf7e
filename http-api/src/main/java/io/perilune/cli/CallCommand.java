package io.perilune.cli;

import io.perilune.client.Api;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "call", description = "Send one command to a machine and print its result.")
@SuppressWarnings("NullAway.Init") // picocli fills the fields
final class CallCommand implements Callable<Integer> {
    @Mixin
    private NodeOption node;

    @Spec
    private CommandSpec command;

    @Parameters(index = "0", paramLabel = "MACHINE[/NAME]", converter = Target.Converter.class)
    private Target target;

    @Parameters(
            index = "1..*",
            paramLabel = "k=text|k:=json",
            description = "Fields of the argument; or one JSON text.")
    private List<String> arguments = List.of();

    @Option(
            names = "--key",
            description =
                    "Idempotency key: the command happens once, however often it is sent (default: one of its own).")
    private @Nullable String key;

    @Override
    public Integer call() throws Exception {
        var body = Arguments.json(arguments, command);
        var argument = Api.JSON.readTree(body);
        var once = key == null ? UUID.randomUUID().toString() : key;
        return node.print(
                node.client().command(target.machine(), target.name(), argument, once),
                applied ->
                        node.isJson() ? Api.JSON.valueToTree(applied).toString() : NodeOption.text(applied.result()));
    }
}
