package io.perilune.cli.local;

import io.perilune.client.Api;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One node as a process of its own, which can be stopped, killed and started again over the same data. */
public final class NodeProcess {
    private static final int LOG_LINES_SHOWN = 20;
    private static final long END_SECONDS = 20;

    private final int id;
    private final List<String> command;
    private final Path log;
    private final Api api;
    private final List<ProcessHandle> processes = new ArrayList<>();
    private @Nullable Process process;

    /** @param peers as {@code --cluster} takes them */
    NodeProcess(int id, LocalCluster.Place place, String peers, Path folder, Api api) {
        this.id = id;
        this.log = folder.resolve("node-" + id + ".log");
        this.api = api;
        this.command = new ArrayList<>(place.launcher());
        command.addAll(List.of(
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
                place.http(),
                "--raft",
                place.raft(),
                "--cluster",
                peers));
        command.addAll(place.options());
    }

    public int id() {
        return id;
    }

    public Api api() {
        return api;
    }

    public void start() throws IOException {
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        processes.add(process.toHandle());
    }

    /** All that were started, the running one last. */
    public List<ProcessHandle> processes() {
        return List.copyOf(processes);
    }

    /** 0 before the first start. */
    public long pid() {
        return process == null ? 0 : process.pid();
    }

    public boolean running() {
        return process != null && process.isAlive();
    }

    /** SIGKILL: the process gets no chance to do anything. */
    public void kill() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly();
            process.waitFor(END_SECONDS, TimeUnit.SECONDS);
        }
    }

    /**
     * SIGTERM: the process hands over what it leads and ends in order.
     *
     * @throws IOException if it has not ended after twenty seconds, or by itself before
     */
    public void terminate() throws IOException, InterruptedException {
        signal("TERM");
        if (process != null && !process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
            throw new IOException("node " + id + " goes on " + END_SECONDS + " s after SIGTERM");
        }
    }

    /** SIGSTOP: the process is there, holds its connections, and does nothing. */
    public void freeze() throws IOException, InterruptedException {
        signal("STOP");
    }

    /** SIGCONT, after {@link #freeze}. */
    public void thaw() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        var kill = new ProcessBuilder("kill", "-" + name, String.valueOf(pid()))
                .inheritIO()
                .start();
        if (kill.waitFor() != 0) {
            throw new IOException("no SIG" + name + " to node " + id + ", process " + pid());
        }
    }

    public boolean ready() throws InterruptedException {
        try {
            return api.get("/readyz").succeeded();
        } catch (IOException notUpYet) {
            return false;
        }
    }

    /** The member that this node takes for the leader; 0 if none, or if it does not answer. */
    public long leaderAsSeen() throws InterruptedException {
        try {
            return Long.parseLong("0" + api.get("/healthz").header("Perilune-Leader"));
        } catch (IOException | NumberFormatException notNow) {
            return 0;
        }
    }

    /** The end of what the node wrote, for when something went wrong. */
    public String logTail() {
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
