package io.perilune.engine.apply;

import io.perilune.engine.Reply;
import io.perilune.engine.Reply.Refusal;
import io.perilune.engine.View.Version;
import io.perilune.engine.state.Draft;
import io.perilune.engine.state.Machine;
import io.perilune.engine.state.World;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.EntryPoint;
import io.perilune.scripting.Host;
import io.perilune.scripting.Invocation;
import io.perilune.scripting.Limits;
import io.perilune.scripting.Outcome;
import io.perilune.scripting.Script;
import org.jspecify.annotations.Nullable;

/** Runs entry points of versions over drafts of machines. */
record Runner(Scripts scripts, How how) {
    /** How a script is called: {@link Script#call}, or with somebody who looks on. */
    interface How {
        Outcome call(Script script, EntryPoint entry, Host host, Invocation invocation);
    }

    Draft draft(Machine machine, Version version, World world) {
        return new Draft(machine, scripts.of(machine.name(), version).commands(), world.time());
    }

    Reply run(
            World world,
            Machine machine,
            Version version,
            Draft draft,
            Limits limits,
            EntryPoint entry,
            @Nullable String id,
            @Nullable String caller,
            long seed) {
        var invocation = new Invocation(
                machine.name(), version.number(), world.index(), world.term(), world.time(), id, caller, seed, limits);
        var outcome = how.call(scripts.of(machine.name(), version), entry, draft, invocation);
        return Replies.of(outcome, Refusal.NO_SUCH_COMMAND, machine.name(), version.number(), world);
    }

    /** @param command null for {@code apply(command)} */
    static EntryPoint entry(@Nullable String command, Bytes argument) {
        return command == null ? new EntryPoint.Apply(argument) : new EntryPoint.Command(command, argument);
    }

    /** A seed for each call of an entry: the finalizer of SplitMix64 over seed and place (Steele et al. 2014). */
    static long mix(long seed, int place) {
        var z = seed + place * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
