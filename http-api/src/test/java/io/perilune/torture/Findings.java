package io.perilune.torture;

import io.perilune.cli.local.LocalCluster;
import io.perilune.client.Api;
import io.perilune.raft.linearizability.KeyModel;
import io.perilune.raft.linearizability.KeyOperation;
import io.perilune.raft.linearizability.Linearizability;
import io.perilune.raft.linearizability.Verdict;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What clients were told, held against each other and against the state that the cluster ended in. */
final class Findings {
    private static final int PAGE = 1_000;
    private static final long CATCH_UP_MILLIS = 15_000;

    private final LocalCluster cluster;
    private final Clients clients;
    private final List<String> faults = new ArrayList<>();
    /** How often each command has happened, by its ref. */
    private final TreeMap<String, Long> times = new TreeMap<>();

    private int keys;
    private String agreed = "";

    Findings(LocalCluster cluster, Clients clients) {
        this.cluster = cluster;
        this.clients = clients;
    }

    void check() throws IOException, InterruptedException {
        if (clients.surprise() != null) {
            faults.add(clients.surprise());
        }
        if (clients.applied().isEmpty()) {
            faults.add("no command was acknowledged at all");
        }
        checkAgreement();
        checkExactlyOnce();
        checkFates();
        checkLinearizability();
    }

    List<String> faults() {
        return faults;
    }

    String summary() {
        return clients.applied().size() + " commands acknowledged, "
                + clients.unknown().size() + " unknown, "
                + clients.notApplied().size() + " certainly not applied; "
                + clients.history().size()
                + " operations on " + keys + " keys; all nodes at index and hash " + agreed;
    }

    private void checkAgreement() throws InterruptedException {
        var state = cluster.awaitAgreement(Clients.MACHINE, CATCH_UP_MILLIS);
        if (state.isEmpty()) {
            faults.add("the nodes do not agree on index and hash: " + cluster.states(Clients.MACHINE));
        }
        agreed = state.orElse("of their own");
    }

    private void checkExactlyOnce() throws IOException, InterruptedException {
        @Nullable String cursor = null;
        do {
            var page = cluster.node(1)
                    .api()
                    .get("/v1/machines/" + Clients.MACHINE + "/state?prefix=ref%2F&limit=" + PAGE
                            + (cursor == null ? "" : "&cursor=" + Api.escape(cursor)));
            if (!page.succeeded()) {
                throw new IOException("reading the state was answered " + page.status() + " " + page.body());
            }
            for (var item : page.body().path("items")) {
                times.put(
                        item.path("key").asText().substring("ref/".length()),
                        item.path("value").asLong());
            }
            cursor = page.body().path("cursor").textValue();
        } while (cursor != null);
        for (var ref : clients.applied()) {
            if (!times.containsKey(ref)) {
                faults.add("command " + ref + " was acknowledged and has not happened");
            }
        }
        for (var ref : clients.notApplied()) {
            if (times.containsKey(ref)) {
                faults.add("command " + ref + " was refused and has happened");
            }
        }
        times.forEach((ref, count) -> {
            if (count != 1) {
                faults.add("command " + ref + " has happened " + count + " times");
            }
            if (!clients.applied().contains(ref) && !clients.unknown().contains(ref)) {
                faults.add("command " + ref + " has happened and nobody was told so");
            }
        });
    }

    /** The cluster itself must know what became of a command whose client was left without an answer. */
    private void checkFates() throws IOException, InterruptedException {
        for (var ref : clients.unknown()) {
            var answer = cluster.node(1).api().get("/v1/machines/" + Clients.MACHINE + "/commands/" + ref);
            boolean told = answer.body().path("fate").asText().equals("applied");
            if (told != times.containsKey(ref)) {
                faults.add("the fate of command " + ref + " is told as " + answer.body() + " but it has "
                        + (told ? "not " : "") + "happened");
            }
        }
    }

    private void checkLinearizability() {
        var verdicts = Linearizability.checkByKey(new KeyModel(), clients.history(), KeyOperation::key);
        keys = verdicts.size();
        verdicts.forEach((key, verdict) -> {
            if (verdict instanceof Verdict.NotLinearizable not) {
                faults.add("the history of " + key + " is not linearizable: " + not.explanation());
            } else if (verdict instanceof Verdict.Undecided undecided) {
                faults.add("the history of " + key + " is undecided after " + undecided.situations() + " situations");
            }
        });
    }
}
