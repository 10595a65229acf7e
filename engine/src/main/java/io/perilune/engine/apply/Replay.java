package io.perilune.engine.apply;

import io.perilune.engine.Past;
import io.perilune.engine.Reply;
import io.perilune.engine.View.Version;
import io.perilune.engine.state.Machine;
import io.perilune.engine.state.World;
import io.perilune.scripting.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.pcollections.TreePMap;

/** Does again what commands of the past did: with their arguments, time and chance, over a machine as it was or not. */
final class Replay {
    private static final Bytes NO_HASH = Bytes.EMPTY;

    private final Runner runner;

    Replay(Runner runner) {
        this.runner = runner;
    }

    /** @param machine as the calls left it */
    record Again(Machine machine, Past past) {}

    /** Runs the calls of {@code past} in {@code version}. What comes of it has no hash, and nothing to undo it. */
    Again again(Machine machine, Version version, Past past) {
        var world = World.of(past.index(), past.term(), past.time(), TreePMap.empty());
        var fired =
                past.timer() == null ? machine : machine.with(machine.timers().minus(past.timer()));
        var draft = runner.draft(fired, version, world);
        var calls = new ArrayList<Past.Call>(past.calls().size());
        var gasLeft = fired.limits().gas() * Ceilings.BATCH_GAS_COMMANDS;
        var isKept = !past.undone();
        for (var call : past.calls()) {
            var reply = runner.run(
                    world,
                    fired,
                    version,
                    draft,
                    fired.limits().withGasAtMost(Math.max(1, gasLeft)),
                    Runner.entry(call.name(), call.argument()),
                    call.key(),
                    call.caller(),
                    call.seed());
            calls.add(new Past.Call(
                    call.name(), call.argument(), call.key(), call.caller(), call.seed(), reply, call.traceparent()));
            if (!(reply instanceof Reply.Done done)) {
                isKept = false;
                break;
            }
            gasLeft -= done.receipt().gas();
        }
        return new Again(
                isKept ? draft.keep(fired) : fired,
                new Past(
                        past.index(),
                        past.term(),
                        past.time(),
                        version.number(),
                        past.atomic(),
                        !isKept && past.atomic(),
                        past.timer(),
                        calls,
                        isKept ? draft.changes().stream().map(Records::write).toList() : List.of(),
                        isKept ? draft.events().stream().map(Records::event).toList() : List.of(),
                        draft.log(),
                        NO_HASH,
                        null));
    }
}
