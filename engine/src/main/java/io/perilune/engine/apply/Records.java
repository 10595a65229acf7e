package io.perilune.engine.apply;

import io.perilune.engine.Past;
import io.perilune.engine.state.Change;
import io.perilune.engine.state.Event;
import io.perilune.engine.state.Keyspace;
import io.perilune.engine.state.Stored;
import io.perilune.engine.state.Timer;
import io.perilune.engine.state.TimerChange;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Limits;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What happened to a machine, in the words of its history, and back. */
final class Records {
    private Records() {}

    static Past.Write write(Change change) {
        return new Past.Write(change.key(), item(change.before()), item(change.after()));
    }

    private static Past.@Nullable Item item(@Nullable Stored stored) {
        return stored == null ? null : new Past.Item(stored.value(), stored.expiry());
    }

    static Past.Event event(Event event) {
        return new Past.Event(event.type(), event.payload());
    }

    static Past.Undo undo(Keyspace before, List<Bytes> expired, List<TimerChange> timers, @Nullable Limits limits) {
        return expired.isEmpty() && timers.isEmpty() && limits == null
                ? Past.Undo.NOTHING_MORE
                : new Past.Undo(
                        expired.stream()
                                .map(key -> new Past.Write(key, item(before.stored(key)), null))
                                .toList(),
                        timers.stream().map(Records::write).toList(),
                        limits);
    }

    private static Past.TimerWrite write(TimerChange change) {
        return new Past.TimerWrite(change.id(), pending(change.before()), pending(change.after()));
    }

    private static Past.@Nullable Pending pending(@Nullable Timer timer) {
        return timer == null ? null : new Past.Pending(timer.due(), timer.command(), timer.argument());
    }

    static Stored stored(Past.Item item) {
        return new Stored(item.value(), item.expiry());
    }

    static Timer timer(String id, Past.Pending pending) {
        return new Timer(id, pending.due(), pending.command(), pending.argument());
    }
}
