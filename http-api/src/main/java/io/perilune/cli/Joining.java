package io.perilune.cli;

import io.perilune.client.Api;
import java.io.IOException;

/** Asks a running cluster to take this node in. Nothing of this node runs yet: the cluster goes on to dial it. */
record Joining(Api cluster) {
    /**
     * @return the name of the cluster, which this node belongs to from now on
     * @throws IOException if nobody answers there or the cluster does not take this node, saying why
     */
    String join(long id, HostPort raft, HostPort http) throws IOException, InterruptedException {
        var status = cluster.get("/v1/cluster");
        if (!status.succeeded() || !status.body().path("cluster").isTextual()) {
            throw new IOException("no cluster answers at " + cluster.url() + ", but " + status.status() + " "
                    + status.body().path("detail").asText(status.body().asText()));
        }
        if (!isMember(status, id, raft)) {
            post(id, raft, http);
        }
        return status.body().path("cluster").textValue();
    }

    /** The name of the cluster; {@code otherwise} where nobody is there to ask, as when all of it starts again. */
    String nameOr(String otherwise) throws InterruptedException {
        try {
            return cluster.get("/v1/cluster").body().path("cluster").asText(otherwise);
        } catch (IOException nobody) {
            return otherwise;
        }
    }

    /** It may have been taken in before, and stopped before it began. */
    private static boolean isMember(Api.Answer status, long id, HostPort raft) {
        for (var member : status.body().path("members")) {
            if (member.path("id").asLong() == id && member.path("raft").asText().equals(raft.toString())) {
                return true;
            }
        }
        return false;
    }

    private void post(long id, HostPort raft, HostPort http) throws IOException, InterruptedException {
        var body = Api.JSON.createObjectNode().put("id", id).put("raft", raft.toString());
        if (http.port() != 0) {
            body.put("http", http.toString());
        }
        var answer = cluster.post("/v1/cluster/members", body.toString());
        if (!answer.succeeded()) {
            throw new IOException("the cluster at " + cluster.url() + " does not take node " + id + ": "
                    + answer.body().path("detail").asText(answer.body().asText()));
        }
    }
}
