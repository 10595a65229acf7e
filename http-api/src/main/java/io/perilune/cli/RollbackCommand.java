package io.perilune.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.perilune.client.Api;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "rollback", description = "Switch a machine to an earlier version.")
@SuppressWarnings("NullAway.Init") // picocli fills the fields
final class RollbackCommand implements Callable<Integer> {
    @Mixin
    private NodeOption node;

    @Option(
            names = {"-m", "--machine"},
            required = true,
            paramLabel = "MACHINE")
    private String machine;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "V",
            description = "The version; without it, the one before the active one.")
    private @Nullable Long version;

    @Override
    public Integer call() throws Exception {
        var path = "/v1/machines/" + Api.escape(machine);
        var wanted = version;
        if (wanted == null) {
            var versions = node.api().get(path + "/versions");
            if (!versions.succeeded()) {
                return node.print(versions, "");
            }
            wanted = before(versions.body().path("items"));
            if (wanted == 0) {
                throw new IOException("there is no version before the active one");
            }
        }
        return node.print(node.api().post(path + "/activate", "{\"version\": " + wanted + "}"), "");
    }

    private static long before(JsonNode versions) {
        var before = 0L;
        for (var each : versions) {
            if (each.path("active").asBoolean()) {
                break;
            }
            before = each.path("version").asLong();
        }
        return before;
    }
}
