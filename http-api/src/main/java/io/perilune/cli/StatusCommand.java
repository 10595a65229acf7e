package io.perilune.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "status", description = "Print what a node knows of its cluster.")
@SuppressWarnings("NullAway.Init") // picocli fills the fields
final class StatusCommand implements Callable<Integer> {
    @Mixin
    private NodeOption node;

    @Override
    public Integer call() throws Exception {
        return node.print(node.api().get("/v1/cluster"), "");
    }
}
