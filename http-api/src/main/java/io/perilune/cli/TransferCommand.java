package io.perilune.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "transfer", description = "Hand leadership over to a member.")
@SuppressWarnings("NullAway.Init") // picocli fills the fields
final class TransferCommand implements Callable<Integer> {
    @Mixin
    private NodeOption node;

    @Parameters(index = "0", paramLabel = "ID")
    private long id;

    @Override
    public Integer call() throws Exception {
        return node.print(node.api().post("/v1/cluster/leader", "{\"id\": " + id + "}"), "");
    }
}
