package io.perilune.engine;

import io.perilune.scripting.Bytes;
import io.perilune.scripting.Limits;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one entry did to its machine, as the machine's history keeps it: enough to tell it, to do it again, and to undo
 * it.
 *
 * @param time of the log
 * @param version that was active afterwards; of calls, the one that ran
 * @param atomic whether the calls were one batch, all or nothing
 * @param undone whether nothing of that batch was kept, because of its last call, or because of one that had been
 *     answered before or does not exist
 * @param timer that fired; null for a command that was submitted
 * @param calls those that ran, in their order; not those that had been answered before. None for an entry that did
 *     something else, such as activating a version
 * @param log lines, also where what was done was undone
 * @param hash the machine's, after this entry
 * @param undo what it takes to go back to before this entry, besides the writes; null in histories that an earlier
 *     version of this software wrote
 */
public record Past(
        long index,
        long term,
        long time,
        long version,
        boolean atomic,
        boolean undone,
        @Nullable String timer,
        List<Call> calls,
        List<Write> writes,
        List<Event> events,
        List<Bytes> log,
        Bytes hash,
        @Nullable Undo undo) {
    /**
     * @param name null for {@code apply(command)}
     * @param argument canonical value
     * @param seed of its chance
     * @param reply done, rejected, failed or over budget
     * @param traceparent of the request it came with, or null
     */
    public record Call(
            @Nullable String name,
            Bytes argument,
            @Nullable String key,
            @Nullable String caller,
            long seed,
            Reply reply,
            @Nullable String traceparent) {}

    /** A side is null where the key was not there. */
    public record Write(
            Bytes key, @Nullable Item before, @Nullable Item after) {}

    /**
     * @param value canonical
     * @param expiry in log time; 0 for none
     */
    public record Item(Bytes value, long expiry) {}

    public record Event(String type, Bytes payload) {}

    /**
     * @param expired keys that were removed because their time had passed, with what stood there
     * @param limits those of before, where the entry changed them
     */
    public record Undo(
            List<Write> expired,
            List<TimerWrite> timers,
            @Nullable Limits limits) {
        public static final Undo NOTHING_MORE = new Undo(List.of(), List.of(), null);
    }

    /** A side is null where no such timer was pending. */
    public record TimerWrite(
            String id, @Nullable Pending before, @Nullable Pending after) {}

    /** @param due in log time */
    public record Pending(long due, String command, Bytes argument) {}
}
