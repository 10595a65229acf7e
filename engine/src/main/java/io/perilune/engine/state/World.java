package io.perilune.engine.state;

import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * All machines after one index of the log. Immutable; the same after the same entries on every replica.
 *
 * @param time log time in milliseconds: the latest of all stamps so far, so that it never goes backwards even where
 *     leaders' clocks disagree
 */
public record World(long index, long term, long time, TreePMap<String, Machine> machines) {
    public static final World EMPTY = new World(0, 0, 0, TreePMap.empty());

    public @Nullable Machine machine(String name) {
        return machines.get(name);
    }

    public World at(long index, long term, long stamp) {
        return new World(index, term, Math.max(time, stamp), machines);
    }

    public World with(Machine machine) {
        return new World(index, term, time, machines.plus(machine.name(), machine));
    }

    public World without(String name) {
        return new World(index, term, time, machines.minus(name));
    }
}
