package io.perilune.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "remove", description = "Remove a member for good; its id is never used again.")
@SuppressWarnings("NullAway.Init") // picocli fills the fields
final class RemoveCommand implements Callable<Integer> {
    @Mixin
    private NodeOption node;

    @Parameters(index = "0", paramLabel = "ID")
    private long id;

    @Override
    public Integer call() throws Exception {
        return node.print(node.api().delete("/v1/cluster/members/" + id), "");
    }
}
