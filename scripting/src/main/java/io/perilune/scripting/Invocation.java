package io.perilune.scripting;

import org.jspecify.annotations.Nullable;

/**
 * The circumstances of one call, all of them from the log entry (or, for a query, from the view it reads): what a
 * script sees as {@code ctx}, {@code now()} and {@code random()}.
 *
 * @param machine name of the machine
 * @param version number of the script version that runs
 * @param index of the entry; for a query, of the last entry in its view
 * @param term of that entry
 * @param time milliseconds since the epoch, never going backwards along the log
 * @param id idempotency key, or null
 * @param caller name of the token that sent the command, or null
 * @param seed of {@code random} and {@code uuid}
 * @param limits of this call
 */
public record Invocation(
        String machine,
        long version,
        long index,
        long term,
        long time,
        @Nullable String id,
        @Nullable String caller,
        long seed,
        Limits limits) {}
