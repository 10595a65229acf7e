package io.perilune.scripting;

import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * What a running script may reach: the draft of one command over the state of one machine, or the view of one query.
 * Called by one thread, the one that runs the script. Keys have been checked for size and values are canonical when
 * they arrive here; budgets are counted on the script's side.
 *
 * <p>A query's host throws {@link ReadOnly} from everything that writes.
 */
public interface Host {
    @Nullable
    Bytes get(Bytes key);

    boolean has(Bytes key);

    /** @param ttlMillis the key is gone once log time is this much later; 0 for no end. */
    void put(Bytes key, Bytes value, long ttlMillis);

    /** @return whether the key was there */
    boolean delete(Bytes key);

    /** Ordered, over the state of this moment, the call's own writes included. */
    Iterator<Item> scan(Range range);

    /** @param type has been checked; {@code payload} is canonical */
    void emit(String type, Bytes payload);

    void log(Bytes line);

    /** @param id replaces a pending timer of that id. */
    void schedule(long delayMillis, String command, Bytes argument, String id);

    /** @return whether such a timer was pending */
    boolean cancel(String id);

    /** Marks the present for {@link #rollback}. Marks nest: a rollback also ends those made after it. */
    int savepoint();

    /** Undoes writes, events and timers since the mark; log lines stay. */
    void rollback(int savepoint);

    record Item(Bytes key, Bytes value) {}

    /**
     * Keys of a scan: at least {@code from}, below {@code to}, and starting with {@code prefix}; an absent bound is
     * null. At most {@code limit} of them, from the far end if {@code reverse}.
     */
    record Range(
            @Nullable Bytes prefix,
            @Nullable Bytes from,
            @Nullable Bytes to,
            long limit,
            boolean reverse) {}

    /** The host says no, for the reason in the message. The script sees it as an ordinary error. */
    class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        public Refused(String message) {
            super(message, null, false, false);
        }
    }

    /** A query tried to write. */
    final class ReadOnly extends Refused {
        private static final long serialVersionUID = 1;

        public ReadOnly() {
            super("a query cannot write");
        }
    }
}
