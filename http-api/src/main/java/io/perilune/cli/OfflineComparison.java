package io.perilune.cli;

import io.perilune.cli.terminal.ExitCode;
import io.perilune.engine.apply.FirstDifference;
import io.perilune.engine.apply.ScriptThreads;
import io.perilune.engine.raft.StoppedReplica;
import io.perilune.engine.state.World;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Two nodes that do not run, compared by what they have on their disks. */
final class OfflineComparison {
    private OfflineComparison() {}

    static int print(Path one, Path other) throws IOException, InterruptedException {
        try (var left = StoppedReplica.open(one);
                var right = StoppedReplica.open(other)) {
            var index = Math.min(left.last(), right.last());
            if (index < Math.max(left.first(), right.first())) {
                throw new IOException("the nodes have no index in common: one has " + left.first() + " to "
                        + left.last() + ", the other " + right.first() + " to " + right.last());
            }
            var differences = FirstDifference.of(at(left, index), at(right, index));
            var names = "nodes " + left.nodeId() + " and " + right.nodeId();
            if (differences.isEmpty()) {
                System.out.println(names + " have the same at index " + index);
                return ExitCode.OK;
            }
            System.out.println(names + " differ at index " + index);
            for (var difference : differences) {
                System.out.println(text(difference)
                        + "\n  node " + left.nodeId() + ": " + difference.one()
                        + "\n  node " + right.nodeId() + ": " + difference.other());
            }
            return ExitCode.DIVERGED;
        }
    }

    private static String text(FirstDifference difference) {
        var where = difference.index() == 0
                ? ", by no entry that is still known"
                : ", first by the entry at index " + difference.index();
        var key = difference.key().size() == 0 ? "" : ", in key " + difference.key();
        var at = difference.at() == null ? "" : ", asked for at " + difference.at();
        return "machine " + difference.machine() + where + key + at;
    }

    private static World at(StoppedReplica replica, long index) throws IOException, InterruptedException {
        var task = new FutureTask<>(() -> replica.at(index));
        new ScriptThreads("replay").newThread(task).start();
        try {
            return task.get();
        } catch (ExecutionException failed) {
            throw new IOException(
                    "the log of node " + replica.nodeId() + " cannot be run: " + failed.getCause(), failed);
        }
    }
}
