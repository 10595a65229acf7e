package io.perilune.torture;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.perilune.cli.local.LocalCluster;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** One run: a cluster of processes, clients, one fault after another, and what the clients were told held against it. */
final class Torture {
    private static final Duration ANSWER_TIMEOUT = Duration.ofMillis(2_500);
    private static final int CLIENTS = 6;
    private static final long REST_MILLIS = 1_000;
    private static final int FAULTS_SHOWN = 20;

    private final Plan plan;
    private final PrintStream out;
    private final long begun = System.nanoTime();
    private final Map<Fault, Integer> strikes = new TreeMap<>();

    /**
     * @param seconds how long the clients work
     * @param partitions whether namespaces are to be used, where the machine allows it
     */
    record Plan(int nodes, int seconds, boolean partitions, long seed) {
        String inWords() {
            return nodes + " nodes, " + seconds + " s, seed " + seed;
        }
    }

    Torture(Plan plan, PrintStream out) {
        this.plan = plan;
        this.out = out;
    }

    /** @return what is wrong, in sentences; empty where all that was promised held */
    List<String> run() throws IOException, InterruptedException {
        say("torture: " + plan.inWords());
        var namespaces = namespaces();
        try {
            return torture(namespaces);
        } finally {
            if (namespaces.isPresent()) {
                namespaces.get().close();
            }
        }
    }

    private Optional<Namespaces> namespaces() throws InterruptedException {
        if (!plan.partitions()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Namespaces.open(plan.nodes()));
        } catch (IOException refused) {
            say("no partitions: this machine gives no network namespaces (" + refused.getMessage() + ")");
            return Optional.empty();
        }
    }

    private List<String> torture(Optional<Namespaces> namespaces) throws IOException, InterruptedException {
        var places = namespaces.isPresent() ? namespaces.get().places() : LocalCluster.onLoopback(plan.nodes());
        try (var cluster = new LocalCluster(places, ANSWER_TIMEOUT)) {
            cluster.start();
            deploy(cluster);
            var clients = new Clients(cluster.nodes(), CLIENTS, plan.seed());
            try {
                clients.start();
                strikeUntilTheEnd(new Fault.Ground(cluster, namespaces, new SplittableRandom(plan.seed())), clients);
                cluster.awaitReady();
            } finally {
                clients.stop();
            }
            var findings = new Findings(cluster, clients);
            findings.check();
            say(findings.summary() + "; faults " + strikes);
            findings.faults().stream().limit(FAULTS_SHOWN).forEach(fault -> say("WRONG: " + fault));
            if (!findings.faults().isEmpty()) {
                keep(clients);
                cluster.nodes().forEach(node -> out.println("--- node " + node.id() + " ---\n" + node.logTail()));
            }
            return findings.faults().stream().limit(FAULTS_SHOWN).toList();
        }
    }

    private static void deploy(LocalCluster cluster) throws IOException, InterruptedException {
        byte[] script;
        try (var stream = Torture.class.getResourceAsStream("/torture/numbers.lua")) {
            script = stream.readAllBytes();
        }
        var answer = cluster.node(1).api().put("/v1/machines/" + Clients.MACHINE + "/script", "text/x-lua", script);
        if (!answer.succeeded()) {
            throw new IOException("uploading the script was answered " + answer.status() + " " + answer.body());
        }
    }

    /** Each possible fault once, in an order of the seed's, then any. */
    private void strikeUntilTheEnd(Fault.Ground ground, Clients clients) throws IOException, InterruptedException {
        long end = System.nanoTime() + plan.seconds() * 1_000_000_000L;
        var possible = Arrays.stream(Fault.values())
                .filter(fault -> fault.possible(ground))
                .toList();
        var order = new ArrayList<>(possible);
        Collections.shuffle(order, new Random(plan.seed()));
        for (int n = 0; System.nanoTime() < end; n++) {
            Thread.sleep(REST_MILLIS);
            var fault = n < order.size()
                    ? order.get(n)
                    : possible.get(ground.random().nextInt(possible.size()));
            say(fault.inWords() + "; " + clients.applied().size() + " commands acknowledged so far");
            fault.strike(ground);
            ground.cluster().awaitReady();
            strikes.merge(fault, 1, Integer::sum);
        }
    }

    private void keep(Clients clients) throws IOException {
        var file = Path.of("target", "torture-history-" + plan.seed() + ".txt");
        Files.createDirectories(file.getParent());
        Files.write(file, clients.history().stream().map(Object::toString).toList(), UTF_8);
        say("the history is in " + file.toAbsolutePath());
    }

    private void say(String text) {
        out.println(String.format(Locale.ROOT, "%6.1f s  %s", (System.nanoTime() - begun) / 1e9, text));
    }
}
