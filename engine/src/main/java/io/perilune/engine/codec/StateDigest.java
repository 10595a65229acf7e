package io.perilune.engine.codec;

import io.perilune.engine.HistoryBounds;
import io.perilune.engine.state.History;
import io.perilune.engine.state.Machine;
import io.perilune.engine.state.World;
import io.perilune.scripting.Bytes;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.DigestOutputStream;
import org.pcollections.TreePMap;

/**
 * SHA-256 over all that replicas must have in common, as a snapshot would hold it. Histories are left out: they are
 * records of what the rolling hashes cover already, and one that an earlier version of this software began may be
 * another on each replica. Takes as long as writing the snapshot, without the disk.
 */
public final class StateDigest {
    private static final History NONE = History.restoring(HistoryBounds.DEFAULT, 0);

    private StateDigest() {}

    public static Bytes of(World world) {
        var machines = world.machines();
        for (var machine : world.machines().values()) {
            machines = machines.plus(machine.name(), machine.with(NONE));
        }
        return digest(world.withMachines(machines));
    }

    /** Of one machine, wherever in the log the others are. */
    public static Bytes of(Machine machine) {
        return digest(World.of(0, 0, 0, TreePMap.singleton(machine.name(), machine.with(NONE))));
    }

    private static Bytes digest(World world) {
        var sha256 = SnapshotReader.sha256();
        try {
            SnapshotWriter.write(world, new DigestOutputStream(OutputStream.nullOutputStream(), sha256));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return Bytes.owned(sha256.digest());
    }
}
