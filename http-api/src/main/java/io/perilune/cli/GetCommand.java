package io.perilune.cli;

import io.perilune.client.Api;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "get", description = "Print the value of one key of a machine's state.")
@SuppressWarnings("NullAway.Init") // picocli fills the fields
final class GetCommand implements Callable<Integer> {
    @Mixin
    private NodeOption node;

    @Parameters(index = "0", paramLabel = "MACHINE")
    private String machine;

    @Parameters(index = "1", paramLabel = "KEY")
    private String key;

    @Override
    public Integer call() throws Exception {
        return node.print(node.api().get("/v1/machines/" + Api.escape(machine) + "/state/" + Api.escape(key)), "value");
    }
}
