package io.perilune.engine.state;

import io.perilune.engine.Token;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * All machines after one index of the log, and who may use them. Immutable; the same after the same entries on every
 * replica.
 *
 * @param time log time in milliseconds: the latest of all stamps so far, so that it never goes backwards even where
 *     leaders' clocks disagree
 */
public record World(
        long index,
        long term,
        long time,
        TreePMap<String, Machine> machines,
        TreePMap<String, Token> tokens,
        Restoring restoring) {
    public static final World EMPTY = of(0, 0, 0, TreePMap.empty());

    /** Without anything but machines. */
    public static World of(long index, long term, long time, TreePMap<String, Machine> machines) {
        return new World(index, term, time, machines, TreePMap.empty(), Restoring.NONE);
    }

    public @Nullable Machine machine(String name) {
        return machines.get(name);
    }

    public World at(long index, long term, long stamp) {
        return new World(index, term, Math.max(time, stamp), machines, tokens, restoring);
    }

    public World with(Machine machine) {
        return withMachines(machines.plus(machine.name(), machine));
    }

    public World without(String name) {
        return withMachines(machines.minus(name));
    }

    public World withMachines(TreePMap<String, Machine> other) {
        return new World(index, term, time, other, tokens, restoring);
    }

    public World withTokens(TreePMap<String, Token> other) {
        return new World(index, term, time, machines, other, restoring);
    }

    public World with(Restoring other) {
        return new World(index, term, time, machines, tokens, other);
    }
}
