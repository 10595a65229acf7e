package io.perilune.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "snapshot", description = "Have the node at --url take a snapshot now; it takes them by itself too.")
@SuppressWarnings("NullAway.Init") // picocli fills the fields
final class SnapshotCommand implements Callable<Integer> {
    @Mixin
    private NodeOption node;

    @Override
    public Integer call() throws Exception {
        return node.print(node.api().post("/v1/cluster/snapshot", ""), "");
    }
}
