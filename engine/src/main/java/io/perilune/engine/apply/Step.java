package io.perilune.engine.apply;

import io.perilune.engine.Reply;
import io.perilune.engine.codec.Work;
import io.perilune.engine.state.Change;
import io.perilune.engine.state.Event;
import io.perilune.engine.state.World;
import io.perilune.scripting.Bytes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one entry made of a world.
 *
 * @param changes of keys, in their order; without those that had expired
 * @param oversight what the entry was, if it was about the replicas
 * @param log lines that scripts wrote, also where what they did was undone
 */
public record Step(
        World world,
        Reply reply,
        List<Change> changes,
        List<Event> events,
        List<Bytes> log,
        Work.@Nullable Oversight oversight) {
    Step(World world, Reply reply, List<Change> changes, List<Event> events, List<Bytes> log) {
        this(world, reply, changes, events, log, null);
    }

    /** The same in another world, which differs from the one here in other machines. */
    Step in(World other) {
        return new Step(other, reply, changes, events, log, oversight);
    }

    /** Of an entry that changed nothing. */
    static Step unchanged(World world, Reply reply) {
        return new Step(world, reply, List.of(), List.of(), List.of());
    }
}
