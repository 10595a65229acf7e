package io.perilune.raft.node;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * How long writes pause after SIGKILL of the leader: three processes on loopback, each proposing one command after
 * another through its own node; the leader is killed again and again, and the longest pause of the others around each
 * kill is printed. Run {@code FailoverMeasure [KILLS]} with the test class path.
 */
public final class FailoverMeasure {
    private static final int NODES = 3;
    private static final long WATCH_MILLIS = 3_000;

    private final Path directory = Files.createTempDirectory("perilune-failover");
    private final TreeMap<Long, String> members = new TreeMap<>();
    private final Map<Long, Process> processes = new ConcurrentHashMap<>();
    private final Map<Long, List<Long>> successes = new ConcurrentHashMap<>();
    private volatile long leader;

    private FailoverMeasure() throws IOException {
        for (long id = 1; id <= NODES; id++) {
            try (ServerSocket socket = new ServerSocket(0)) {
                members.put(id, "127.0.0.1:" + socket.getLocalPort());
            }
        }
    }

    public static void main(String[] args) throws Exception {
        if (args.length > 1) {
            Map<Long, String> members = new TreeMap<>();
            Roster.parse(args[2]).forEach((id, place) -> members.put(id, place.raft()));
            child(Long.parseLong(args[0]), Path.of(args[1]), members);
        } else {
            new FailoverMeasure().measure(args.length == 1 ? Integer.parseInt(args[0]) : 20);
        }
    }

    /** A node that proposes, and prints who leads and when each proposal was answered. */
    private static void child(long id, Path directory, Map<Long, String> members) throws Exception {
        RaftServer server = RaftServer.start(
                RaftOptions.of("failover", id, directory, members.get(id), members),
                new Journal(),
                failure -> Runtime.getRuntime().halt(1));
        long said = 0;
        while (true) {
            var outcome = server.propose(new byte[256], 10_000).get();
            long now = System.currentTimeMillis();
            if (outcome instanceof ProposalOutcome.Applied) {
                System.out.println("ok " + now);
            } else {
                System.out.println("no " + outcome);
            }
            long leads = server.status().leader();
            if (leads != said) {
                said = leads;
                System.out.println("leader " + leads);
            }
        }
    }

    private void start(long id) throws IOException {
        StringBuilder all = new StringBuilder();
        members.forEach((member, address) ->
                all.append(member).append('=').append(address).append(','));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FailoverMeasure.class.getName(),
                        Long.toString(id),
                        directory.resolve("node-" + id).toString(),
                        all.toString())
                .redirectError(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("err-" + id).toFile()))
                .start();
        processes.put(id, process);
        List<Long> times = successes.computeIfAbsent(id, key -> new ArrayList<>());
        Thread reader = new Thread(() -> read(process, times));
        reader.setDaemon(true);
        reader.start();
    }

    private void read(Process process, List<Long> times) {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("ok ")) {
                    synchronized (times) {
                        times.add(Long.parseLong(line.substring(3)));
                    }
                } else if (line.startsWith("leader ")) {
                    leader = Long.parseLong(line.substring(7));
                } else {
                    System.out.println(line);
                }
            }
        } catch (IOException e) {
            // The process was killed.
        }
    }

    private void measure(int kills) throws Exception {
        List<Long> pauses = new ArrayList<>();
        try {
            for (long id : members.keySet()) {
                start(id);
            }
            awaitWrites(System.currentTimeMillis());
            for (int kill = 1; kill <= kills; kill++) {
                long pause = killLeader();
                pauses.add(pause);
                System.out.println("kill " + kill + ": writes paused " + pause + " ms");
            }
        } finally {
            processes.values().forEach(Process::destroyForcibly);
            for (Process process : processes.values()) {
                process.waitFor();
            }
            try (Stream<Path> files = Files.walk(directory)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(path -> path.toFile().delete());
            }
        }
        pauses.sort(Comparator.naturalOrder());
        System.out.printf(
                Locale.ROOT,
                "%d kills: min %d, median %d, p90 %d, max %d ms%n",
                pauses.size(),
                pauses.get(0),
                pauses.get(pauses.size() / 2),
                pauses.get((pauses.size() * 9) / 10),
                pauses.get(pauses.size() - 1));
    }

    private long killLeader() throws Exception {
        long victim = leader;
        long killed = System.currentTimeMillis();
        processes.get(victim).destroyForcibly().waitFor();
        Thread.sleep(WATCH_MILLIS);
        long pause = Long.MAX_VALUE;
        for (Map.Entry<Long, List<Long>> each : successes.entrySet()) {
            if (each.getKey() != victim) {
                pause = Math.min(pause, longestGap(each.getValue(), killed));
            }
        }
        start(victim);
        awaitWrites(System.currentTimeMillis() + 500);
        Thread.sleep(WATCH_MILLIS / 2);
        return pause;
    }

    private static long longestGap(List<Long> times, long killed) {
        List<Long> copy;
        synchronized (times) {
            copy = List.copyOf(times);
        }
        long gap = copy.get(copy.size() - 1) > killed ? 0 : WATCH_MILLIS;
        for (int i = 1; i < copy.size(); i++) {
            if (copy.get(i) >= killed - 50 && copy.get(i - 1) <= killed + WATCH_MILLIS) {
                gap = Math.max(gap, copy.get(i) - copy.get(i - 1));
            }
        }
        return gap;
    }

    /** Until every node has been answered after {@code time}. */
    private void awaitWrites(long time) throws InterruptedException {
        while (true) {
            boolean all = successes.size() == NODES;
            for (List<Long> times : successes.values()) {
                synchronized (times) {
                    all &= !times.isEmpty() && times.get(times.size() - 1) > time;
                }
            }
            if (all) {
                return;
            }
            Thread.sleep(20);
        }
    }
}
