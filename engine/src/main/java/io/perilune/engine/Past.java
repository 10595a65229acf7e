package io.perilune.engine;

import io.perilune.scripting.Bytes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the commands of one entry did to their machine, as its history keeps it.
 *
 * @param time of the log
 * @param version of the script that ran
 * @param atomic whether the calls were one batch, all or nothing
 * @param timer that fired; null for a command that was submitted
 * @param calls those that ran, in their order; not those that had been answered before
 * @param log lines, also where what was done was undone
 * @param hash the machine's, after this entry
 */
public record Past(
        long index,
        long term,
        long time,
        long version,
        boolean atomic,
        @Nullable String timer,
        List<Call> calls,
        List<Write> writes,
        List<Event> events,
        List<Bytes> log,
        Bytes hash) {
    /**
     * @param name null for {@code apply(command)}
     * @param argument canonical value
     * @param reply done, rejected, failed or over budget
     */
    public record Call(
            @Nullable String name,
            Bytes argument,
            @Nullable String key,
            @Nullable String caller,
            Reply reply) {}

    /** Canonical values; null where the key was not there. */
    public record Write(
            Bytes key, @Nullable Bytes before, @Nullable Bytes after) {}

    public record Event(String type, Bytes payload) {}
}
