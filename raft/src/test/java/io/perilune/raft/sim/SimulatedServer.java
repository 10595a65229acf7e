package io.perilune.raft.sim;

import io.perilune.raft.node.Environment;
import io.perilune.raft.node.RaftOptions;
import io.perilune.raft.node.RaftServer;
import io.perilune.raft.node.RemovedFromClusterException;
import io.perilune.raft.node.ServerStatus;
import io.perilune.raft.storage.WalOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** One whole server of a simulated cluster, its disk, and its fate so far. One thread uses it. */
final class SimulatedServer {
    private static final RaftOptions.SnapshotPolicy SMALL = new RaftOptions.SnapshotPolicy(1L << 20, 12, 3);
    private static final WalOptions SMALL_SEGMENTS = new WalOptions(4 << 10, 0, 1 << 20, 4 << 10);

    private final long id;
    private final Map<Long, String> initial;
    private final World world;
    private final SimulatedDisk disk;
    private final int ratePermille;
    private SimulatedWorkers.NodeWorkers process;
    private RaftServer server;
    private SimulatedMachine list;
    private boolean removed;
    private long pausedUntil;

    /** What all servers share. */
    record World(
            Random chance,
            SimulatedWorkers workers,
            SimulatedNetwork network,
            ServerJudge judge,
            SimulatedMachine.Kind kind) {}

    /** @param initial empty for one that joins */
    SimulatedServer(long id, Map<Long, String> initial, World world) {
        this.id = id;
        this.initial = initial;
        this.world = world;
        this.disk = new SimulatedDisk(world.chance());
        this.ratePermille = 955 + world.chance().nextInt(90);
    }

    long id() {
        return id;
    }

    SimulatedDisk disk() {
        return disk;
    }

    boolean runs() {
        return server != null;
    }

    /** It was told that it is no member any more, and stopped. */
    boolean removed() {
        return removed;
    }

    /** Null while it does not run. */
    RaftServer server() {
        return server;
    }

    SimulatedMachine list() {
        return list;
    }

    static String address(long id) {
        return "sim:" + id;
    }

    void start() {
        RaftOptions options =
                RaftOptions.of("sim", id, Path.of("/sim"), address(id), initial).withSnapshots(SMALL);
        process = world.workers().node(ratePermille, this::crashed);
        list = world.kind()
                .begin((index, term, hash) -> world.judge()
                        .applied(
                                id,
                                index,
                                term,
                                hash,
                                server == null ? 0 : server.status().term()));
        Environment environment = new Environment(
                disk, process, (own, store) -> world.network().attach(id, store, this::crashed), SMALL_SEGMENTS, true);
        SimulatedWorkers.NodeWorkers mine = process;
        try {
            server = RaftServer.start(options, list, cause -> stopped(mine, cause), environment);
            world.judge().restarted(id, server.status().term());
        } catch (SimulatedDisk.Crashed e) {
            crashed();
        } catch (IOException e) {
            if (!disk.forceFailed() && !disk.isFull()) {
                throw new Violation("node " + id + " does not start: " + e.getMessage());
            }
            crash(SimulatedDisk.Crash.KILL);
        }
    }

    /** What it says of itself, judged. */
    void check() {
        if (server != null) {
            world.judge().status(server.status());
        }
    }

    ServerStatus status() {
        return server.status();
    }

    void crash(SimulatedDisk.Crash how) {
        end();
        if (how == SimulatedDisk.Crash.KILL) {
            disk.kill();
        } else {
            disk.powerCut();
        }
    }

    /** In the middle of an operation on its disk. */
    private void crashed() {
        end();
        disk.crash();
    }

    private void end() {
        process.kill();
        world.network().detach(id);
        server = null;
    }

    /** As SIGTERM does; starts the next process over the same disk later on. */
    void shutDown() {
        SimulatedWorkers.NodeWorkers mine = process;
        server.shutDown().thenRun(() -> {
            if (process == mine && server != null) {
                crash(SimulatedDisk.Crash.KILL);
            }
        });
    }

    void pause(long nanos) {
        process.pause(nanos);
        pausedUntil = world.workers().now() + nanos;
    }

    /** Unless the process ends before, {@code future} has to complete within {@code nanos} in which it is not paused. */
    void mustEnd(CompletableFuture<?> future, String what, long nanos) {
        SimulatedWorkers.NodeWorkers mine = process;
        world.workers().after(nanos, () -> {
            if (process != mine || server == null || future.isDone()) {
                return;
            }
            if (world.workers().now() < pausedUntil + nanos) {
                mustEnd(future, what, nanos);
            } else {
                throw new Violation(what + " given to node " + id + " does not end");
            }
        });
    }

    /** Its log takes that long to write what comes next. */
    void stallLog(long nanos) {
        process.stall("-log", nanos);
    }

    /** A node may stop by itself only where its disk failed it, or because it was removed. */
    private void stopped(SimulatedWorkers.NodeWorkers which, Throwable cause) {
        if (process != which || server == null) {
            return;
        }
        if (cause instanceof RemovedFromClusterException) {
            removed = true;
        } else if (!disk.forceFailed()) {
            throw new Violation("node " + id + " stopped by itself: " + cause, cause);
        }
        crash(SimulatedDisk.Crash.KILL);
    }
}
