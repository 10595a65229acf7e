package io.perilune.engine.apply;

import io.perilune.engine.Reply;
import io.perilune.engine.state.Change;
import io.perilune.engine.state.Event;
import io.perilune.engine.state.World;
import io.perilune.scripting.Bytes;
import java.util.List;

/**
 * What one entry made of a world.
 *
 * @param changes of keys, in their order; without those that had expired
 * @param log lines that scripts wrote, also where what they did was undone
 */
public record Step(World world, Reply reply, List<Change> changes, List<Event> events, List<Bytes> log) {}
