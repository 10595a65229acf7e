package io.perilune.engine;

import io.perilune.engine.codec.Work;
import io.perilune.engine.codec.Work.FireTimer;
import io.perilune.engine.codec.Work.Sweep;
import io.perilune.engine.state.Machine;
import io.perilune.engine.state.World;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * What machines want because time goes on: timers to fire, expired keys to go. The leader's agenda proposes it; an
 * entry that comes twice, as it may around a change of leaders, does nothing the second time.
 */
final class Agenda {
    /** Proposed by one agenda and not yet applied. */
    private static final int UNDER_WAY_MAX = 4_096;

    /** Of one machine, so that its timers do not keep those of others waiting. */
    private static final int UNDER_WAY_PER_MACHINE_MAX = 64;

    private final Function<Work, CompletableFuture<?>> propose;
    private final Set<Work> underWay = ConcurrentHashMap.newKeySet();

    Agenda(Function<Work, CompletableFuture<?>> propose) {
        this.propose = propose;
    }

    /** Proposes what is due at {@code now}, in milliseconds. To be called by one thread, again and again. */
    void proposeDue(World world, long now) {
        for (var machine : world.machines().values()) {
            if (machine.nextDue() <= now) {
                proposeDue(machine, now);
            }
        }
    }

    private void proposeDue(Machine machine, long now) {
        if (machine.keyspace().firstExpiry() <= now) {
            propose(new Sweep(machine.name()));
        }
        var timers = 0;
        for (var timer : machine.timers().inOrder()) {
            if (timer.due() > now || timers++ == UNDER_WAY_PER_MACHINE_MAX) {
                return;
            }
            propose(new FireTimer(machine.name(), timer.id(), timer.due()));
        }
    }

    private void propose(Work work) {
        if (underWay.size() < UNDER_WAY_MAX && underWay.add(work)) {
            propose.apply(work).whenComplete((applied, failure) -> underWay.remove(work));
        }
    }
}
