package io.perilune.cli.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.perilune.cli.local.LocalCluster;
import io.perilune.client.Api;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads the bank back from the cluster and holds it against what the clients were told. */
final class Audit {
    private static final int PAGE = 1_000;
    private static final long CATCH_UP_MILLIS = 10_000;

    private final LocalCluster cluster;
    private final long openingBalance;
    private final List<String> faults = new ArrayList<>();

    Audit(LocalCluster cluster, long openingBalance) {
        this.cluster = cluster;
        this.openingBalance = openingBalance;
    }

    /** What is wrong, in sentences; empty where all is well. */
    List<String> faults() {
        return faults;
    }

    private record Move(String from, String to, long amount, long times) {}

    /** @return the sum of all accounts */
    long accounts(Transfers transfers, int accounts) throws IOException, InterruptedException {
        var balances = new TreeMap<String, Long>();
        for (var item : scan("acct/").entrySet()) {
            balances.put(
                    item.getKey().substring("acct/".length()), item.getValue().asLong());
        }
        var moves = new TreeMap<String, Move>();
        for (var item : scan("journal/").entrySet()) {
            var move = item.getValue();
            moves.put(
                    item.getKey().substring("journal/".length()),
                    new Move(
                            move.path("from").asText(),
                            move.path("to").asText(),
                            move.path("amount").asLong(),
                            move.path("times").asLong()));
        }
        long sum = balances.values().stream().mapToLong(Long::longValue).sum();
        check(sum == accounts * openingBalance, "the accounts add up to " + sum + ", not " + accounts * openingBalance);
        checkJournal(transfers, moves);
        checkBalances(balances, moves);
        return sum;
    }

    private void checkJournal(Transfers transfers, Map<String, Move> moves) {
        for (var ref : transfers.booked()) {
            var move = moves.get(ref);
            check(move != null, "transfer " + ref + " was acknowledged and is not in the journal");
            check(move == null || move.times == 1, "transfer " + ref + " was booked " + times(move) + " times");
        }
        for (var ref : transfers.rejected()) {
            check(!moves.containsKey(ref), "transfer " + ref + " was refused and is in the journal");
        }
        for (var entry : moves.entrySet()) {
            boolean known = transfers.booked().contains(entry.getKey())
                    || transfers.open().contains(entry.getKey());
            check(known, "transfer " + entry.getKey() + " is in the journal and nobody was told so");
            check(entry.getValue().times == 1, "transfer " + entry.getKey() + " was booked " + times(entry.getValue()));
        }
    }

    private static long times(@Nullable Move move) {
        return move == null ? 0 : move.times;
    }

    private void checkBalances(Map<String, Long> balances, Map<String, Move> moves) {
        var expected = new TreeMap<String, Long>();
        balances.keySet().forEach(name -> expected.put(name, openingBalance));
        for (var move : moves.values()) {
            expected.merge(move.from, -move.amount * move.times, Long::sum);
            expected.merge(move.to, move.amount * move.times, Long::sum);
        }
        check(expected.equals(balances), "the balances are not what the journal adds up to");
    }

    /** @return index and hash, the same at all nodes */
    String hashes() throws InterruptedException {
        var agreed = cluster.awaitAgreement("bank", CATCH_UP_MILLIS);
        if (agreed.isEmpty()) {
            check(false, "the nodes do not agree on index and hash: " + cluster.states("bank"));
        }
        return agreed.orElse("");
    }

    private Map<String, JsonNode> scan(String prefix) throws IOException, InterruptedException {
        var items = new TreeMap<String, JsonNode>();
        String cursor = null;
        do {
            var page = cluster.node(1)
                    .api()
                    .get("/v1/machines/bank/state?limit=" + PAGE + "&prefix=" + Api.escape(prefix)
                            + (cursor == null ? "" : "&cursor=" + Api.escape(cursor)));
            if (!page.succeeded()) {
                throw new IOException("reading the state was answered " + page.status() + " " + page.body());
            }
            page.body().path("items").forEach(item -> items.put(item.path("key").asText(), item.path("value")));
            cursor = page.body().path("cursor").textValue();
        } while (cursor != null);
        return items;
    }

    private void check(boolean holds, String otherwise) {
        if (!holds) {
            faults.add(otherwise);
        }
    }
}
