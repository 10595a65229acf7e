package io.perilune.cli;

import io.perilune.client.Api;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "add",
        description = {
            "Add a node to the cluster; it gets its vote by itself once it has caught up.",
            "The node itself does this when it is begun with start --join."
        })
@SuppressWarnings("NullAway.Init") // picocli fills the fields
final class AddCommand implements Callable<Integer> {
    @Mixin
    private NodeOption node;

    @Parameters(index = "0", paramLabel = "ID", description = "From 1; one that was used before is refused.")
    private long id;

    @Parameters(index = "1", paramLabel = "RAFT", description = "HOST:PORT at which the others reach it.")
    private String raft;

    @Option(names = "--http", paramLabel = "HOST:PORT", description = "Where its HTTP API listens.")
    private @Nullable String http;

    @Option(
            names = "--replaces",
            paramLabel = "ID",
            description = "A member that leaves in the step in which this one gets its vote.")
    private @Nullable Long replaced;

    @Override
    public Integer call() throws Exception {
        var body = Api.JSON.createObjectNode().put("id", id).put("raft", raft);
        if (http != null) {
            body.put("http", http);
        }
        if (replaced != null) {
            body.put("replaces", replaced);
        }
        return node.print(node.api().post("/v1/cluster/members", body.toString()), "");
    }
}
