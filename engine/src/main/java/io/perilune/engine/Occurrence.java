package io.perilune.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * Something that happened to a machine, with its number {@code index.seq}, by which it can be found on any node. Events
 * that the script emitted come first in their entry, then the changes of keys, in the order of the keys, then the keys
 * that went because their time had passed.
 */
public sealed interface Occurrence {
    long index();

    /** Within the entry, from 1; the same whether or not changes are asked for. */
    int seq();

    /** Of the log, in milliseconds. */
    long time();

    default Cursor cursor() {
        return new Cursor(index(), seq());
    }

    record Emitted(long index, int seq, long time, Past.Event event) implements Occurrence {}

    record Changed(long index, int seq, long time, Past.Write write) implements Occurrence {}

    static List<Occurrence> of(Past past, boolean changes) {
        var all = new ArrayList<Occurrence>();
        var seq = 0;
        for (var event : past.events()) {
            all.add(new Emitted(past.index(), ++seq, past.time(), event));
        }
        if (changes) {
            for (var write : past.writes()) {
                seq++;
                if (isChange(write)) {
                    all.add(new Changed(past.index(), seq, past.time(), write));
                }
            }
            if (past.undo() != null) {
                for (var write : past.undo().expired()) {
                    all.add(new Changed(past.index(), ++seq, past.time(), write));
                }
            }
        }
        return all;
    }

    /** A key that was written and is as it was is no change; one whose expiry is another is. */
    private static boolean isChange(Past.Write write) {
        return write.before() == null ? write.after() != null : !write.before().equals(write.after());
    }
}
