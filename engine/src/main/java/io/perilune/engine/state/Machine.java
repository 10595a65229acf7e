package io.perilune.engine.state;

import io.perilune.engine.View.Version;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Limits;
import org.pcollections.TreePMap;

/**
 * One machine, whole: what a snapshot of it holds. Immutable.
 *
 * @param active number of the active version, 0 before the first activation
 * @param index of the last entry that was addressed to it
 * @param hash rolling hash over all entries that were, 32 bytes
 */
public record Machine(
        String name,
        TreePMap<Long, Version> versions,
        long active,
        Limits limits,
        Keyspace keyspace,
        Timers timers,
        Memory memory,
        History history,
        long index,
        Bytes hash) {
    public static Machine create(String name) {
        return new Machine(
                name,
                TreePMap.empty(),
                0,
                Limits.DEFAULT,
                Keyspace.EMPTY,
                Timers.NONE,
                Memory.NONE,
                History.NONE,
                0,
                Bytes.owned(new byte[32]));
    }

    public Version activeVersion() {
        return versions.getOrDefault(active, Version.NONE);
    }

    /** The number of the next version. */
    public long nextVersion() {
        return versions.isEmpty() ? 1 : versions.lastKey() + 1;
    }

    /** When it next wants an entry, in log time: a timer is due or a key goes; or {@link Long#MAX_VALUE}. */
    public long nextDue() {
        return Math.min(timers.firstDue(), keyspace.firstExpiry());
    }

    public Machine with(TreePMap<Long, Version> versions, long active) {
        return new Machine(name, versions, active, limits, keyspace, timers, memory, history, index, hash);
    }

    public Machine with(Limits limits) {
        return new Machine(name, versions, active, limits, keyspace, timers, memory, history, index, hash);
    }

    public Machine with(Keyspace keyspace) {
        return new Machine(name, versions, active, limits, keyspace, timers, memory, history, index, hash);
    }

    public Machine with(Timers timers) {
        return new Machine(name, versions, active, limits, keyspace, timers, memory, history, index, hash);
    }

    public Machine with(Memory memory) {
        return new Machine(name, versions, active, limits, keyspace, timers, memory, history, index, hash);
    }

    public Machine with(History history) {
        return new Machine(name, versions, active, limits, keyspace, timers, memory, history, index, hash);
    }

    public Machine sealed(long index, Bytes hash) {
        return new Machine(name, versions, active, limits, keyspace, timers, memory, history, index, hash);
    }
}
