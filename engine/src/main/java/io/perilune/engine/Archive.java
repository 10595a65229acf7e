package io.perilune.engine;

import io.perilune.engine.codec.SnapshotReader;
import io.perilune.engine.codec.SnapshotWriter;
import io.perilune.engine.state.History;
import io.perilune.engine.state.Restoring;
import io.perilune.engine.state.World;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Everything that a cluster needs to go on elsewhere, in one file with a checksum: machines with their versions, limits,
 * state, timers and remembered answers, and tokens. Its format is that of snapshots. Histories stay behind: they are
 * kept by index, and indexes begin anew in the cluster that an archive is restored into.
 */
public final class Archive {
    private Archive() {}

    /** Takes as long as the state is large; what happens meanwhile is not in it. */
    public static void write(View view, OutputStream out) throws IOException {
        var world = ((WorldView) view).world();
        var machines = world.machines();
        for (var machine : world.machines().values()) {
            var none = History.restoring(machine.history().bounds(), world.index());
            machines = machines.plus(machine.name(), machine.with(none));
        }
        SnapshotWriter.write(world.withMachines(machines).with(Restoring.NONE), out);
    }

    /**
     * What an archive holds.
     *
     * @param index of the log that it was taken from
     * @param time of that log, in milliseconds since the epoch
     */
    public record Contents(long index, long time, int machines, long keys, int tokens) {}

    /**
     * Reads all of it, as restoring does.
     *
     * @throws IOException if it is damaged, incomplete, or of a later format, saying which
     */
    public static Contents read(InputStream in) throws IOException {
        World world = SnapshotReader.read(in);
        var keys = world.machines().values().stream()
                .mapToLong(machine -> machine.keyspace().count())
                .sum();
        return new Contents(
                world.index(),
                world.time(),
                world.machines().size(),
                keys,
                world.tokens().size());
    }
}
