package io.perilune.engine.apply;

import io.perilune.engine.Past;
import io.perilune.engine.codec.HistoryCodec;
import io.perilune.engine.state.Machine;
import org.jspecify.annotations.Nullable;

/** Goes back along a machine's history, undoing its entries one by one. */
final class Rewind {
    private Rewind() {}

    /**
     * The machine as it was before its entry at {@code index} and all after it: its state, its timers and its limits.
     * Versions, answers and history stay. Null where the history does not go back so far, or not in entries that can be
     * undone.
     */
    static @Nullable Machine before(Machine machine, long index) {
        if (index <= machine.history().forgotten()) {
            return null;
        }
        var back = machine;
        for (var entry : machine.history().backwards()) {
            if (entry.getKey() < index) {
                break;
            }
            var past = HistoryCodec.decode(machine.name(), entry.getValue());
            if (past.undo() == null) {
                return null;
            }
            back = before(back, past, past.undo());
        }
        return back;
    }

    private static Machine before(Machine after, Past past, Past.Undo undo) {
        var keyspace = after.keyspace();
        for (var write : past.writes()) {
            keyspace = write.before() == null
                    ? keyspace.delete(write.key())
                    : keyspace.put(write.key(), Records.stored(write.before()));
        }
        for (var write : undo.expired()) {
            keyspace = write.before() == null ? keyspace : keyspace.put(write.key(), Records.stored(write.before()));
        }
        var timers = after.timers();
        for (var write : undo.timers()) {
            timers = write.before() == null
                    ? timers.minus(write.id())
                    : timers.plus(Records.timer(write.id(), write.before()));
        }
        var limits = undo.limits() == null ? after.limits() : undo.limits();
        return after.with(keyspace).with(timers).with(limits);
    }
}
