package io.perilune.torture;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.perilune.cli.local.LocalCluster;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * One network namespace for each node, all on one bridge (Linux, {@code ip-netns(8)}), so that nodes can be cut off from
 * each other while clients reach them all. Takes privileges that not every machine gives.
 */
final class Namespaces implements AutoCloseable {
    private static final String BRIDGE = "perilune0";
    private static final String NETWORK = "10.217.93.";
    private static final int BRIDGE_HOST = 254;
    private static final int HTTP_PORT = 8201;
    private static final int RAFT_PORT = 8202;

    private final int nodes;

    private Namespaces(int nodes) {
        this.nodes = nodes;
    }

    /** @throws IOException where the machine does not allow it, or there is no {@code ip} */
    static Namespaces open(int nodes) throws IOException, InterruptedException {
        var namespaces = new Namespaces(nodes);
        try {
            namespaces.removeAll();
            ip("link add " + BRIDGE + " type bridge");
            ip("addr add " + NETWORK + BRIDGE_HOST + "/24 dev " + BRIDGE);
            ip("link set " + BRIDGE + " up");
            for (int id = 1; id <= nodes; id++) {
                ip("netns add " + name(id));
                ip("link add " + outer(id) + " type veth peer name eth0 netns " + name(id));
                ip("link set " + outer(id) + " master " + BRIDGE + " up");
                ip("-n " + name(id) + " addr add " + NETWORK + id + "/24 dev eth0");
                ip("-n " + name(id) + " link set eth0 up");
                ip("-n " + name(id) + " link set lo up");
            }
            return namespaces;
        } catch (IOException refused) {
            namespaces.close();
            throw refused;
        }
    }

    List<LocalCluster.Place> places() {
        var places = new ArrayList<LocalCluster.Place>();
        for (int id = 1; id <= nodes; id++) {
            var host = NETWORK + id + ":";
            places.add(new LocalCluster.Place(
                    host + HTTP_PORT,
                    host + RAFT_PORT,
                    List.of("ip", "netns", "exec", name(id)),
                    List.of("--insecure")));
        }
        return places;
    }

    /** From now on what {@code from} sends to {@code to} is lost. */
    void cut(int from, int to) throws IOException, InterruptedException {
        ip("-n " + name(from) + " route add blackhole " + NETWORK + to + "/32");
    }

    void heal() throws IOException, InterruptedException {
        for (int id = 1; id <= nodes; id++) {
            ip("-n " + name(id) + " route flush type blackhole");
        }
    }

    @Override
    public void close() throws IOException {
        try {
            removeAll();
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
        }
    }

    private void removeAll() throws InterruptedException {
        for (int id = 1; id <= nodes; id++) {
            tryIp("netns del " + name(id));
            tryIp("link del " + outer(id));
        }
        tryIp("link del " + BRIDGE);
    }

    private static String name(int id) {
        return "perilune-" + id;
    }

    private static String outer(int id) {
        return "perilune0v" + id;
    }

    private static void tryIp(String words) throws InterruptedException {
        try {
            ip(words);
        } catch (IOException notThere) {
            // What is to be removed need not be there.
        }
    }

    private static void ip(String words) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(words.split(" ")));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var said = new String(process.getInputStream().readAllBytes(), UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("ip " + words + ": " + said.strip());
        }
    }
}
