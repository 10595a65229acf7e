package io.perilune.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "members", description = "List the members of the cluster.")
@SuppressWarnings("NullAway.Init") // picocli fills the fields
final class MembersCommand implements Callable<Integer> {
    private static final List<String> COLUMNS = List.of("ID", "ROLE", "RAFT", "HTTP", "MATCH", "");

    @Mixin
    private NodeOption node;

    @Override
    public Integer call() throws Exception {
        return node.print(node.api().get("/v1/cluster"), MembersCommand::table);
    }

    private static String table(JsonNode cluster) {
        var rows = new ArrayList<List<String>>();
        rows.add(COLUMNS);
        for (var member : cluster.path("members")) {
            rows.add(List.of(
                    member.path("id").asText(),
                    role(member),
                    member.path("raft").asText(),
                    member.path("http").asText("-"),
                    member.path("match").asText("-"),
                    remark(member)));
        }
        return Columns.aligned(rows);
    }

    private static String role(JsonNode member) {
        if (member.path("leader").asBoolean()) {
            return "leader";
        }
        return member.path("voter").asBoolean() ? "follower" : "learner";
    }

    /** Only the leader knows who is silent. */
    private static String remark(JsonNode member) {
        var silent = member.has("active") && !member.path("active").asBoolean();
        if (member.has("replaces")) {
            return "replaces " + member.path("replaces").asText() + " when caught up" + (silent ? ", silent" : "");
        }
        return silent ? "silent" : "";
    }
}
