package io.perilune.cli.demo;

import io.perilune.client.Api;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One node as a process of its own, which can be killed and started again over the same data. */
final class NodeProcess {
    private static final int LOG_LINES_SHOWN = 20;

    private final int id;
    private final List<String> command;
    private final Path log;
    private final Api api;
    private final List<ProcessHandle> processes = new ArrayList<>();
    private @Nullable Process process;

    /** @param peers as {@code --cluster} takes them */
    NodeProcess(int id, int httpPort, int raftPort, String peers, Path folder, HttpClient client) {
        this.id = id;
        this.log = folder.resolve("node-" + id + ".log");
        this.api = new Api(client, "http://127.0.0.1:" + httpPort);
        this.command = new ArrayList<>(List.of(
                javaBinary(),
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                "io.perilune.cli.Perilune",
                "start",
                "--stop-with-stdin",
                "--id",
                String.valueOf(id),
                "--data",
                folder.resolve("node-" + id).toString(),
                "--http",
                "127.0.0.1:" + httpPort,
                "--raft",
                "127.0.0.1:" + raftPort,
                "--cluster",
                peers));
    }

    int id() {
        return id;
    }

    Api api() {
        return api;
    }

    void start() throws IOException {
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        processes.add(process.toHandle());
    }

    /** All that were started, the running one last. */
    List<ProcessHandle> processes() {
        return List.copyOf(processes);
    }

    long pid() {
        return process == null ? 0 : process.pid();
    }

    boolean running() {
        return process != null && process.isAlive();
    }

    /** SIGKILL: the process gets no chance to do anything. */
    void kill() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly();
            process.waitFor(5, TimeUnit.SECONDS);
        }
    }

    boolean ready() throws InterruptedException {
        try {
            return api.get("/readyz").succeeded();
        } catch (IOException notUpYet) {
            return false;
        }
    }

    /** The end of what the node wrote, for when something went wrong. */
    String logTail() {
        try {
            var lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES_SHOWN), lines.size()));
        } catch (IOException unreadable) {
            return "(its log cannot be read: " + unreadable.getMessage() + ")";
        }
    }

    private static String javaBinary() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }
}
