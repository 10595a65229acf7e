package io.perilune.engine;

import io.perilune.scripting.Bytes;
import io.perilune.scripting.Limits;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** Something that changes a machine, and so becomes an entry of the log. */
public sealed interface Request {
    String machine();

    /**
     * @param name of {@code commands.NAME}, or null for {@code apply}
     * @param argument canonical value
     * @param key idempotency key, 1..128 printable ASCII characters, or null
     * @param caller token's name, or null
     */
    record Call(
            String machine,
            @Nullable String name,
            Bytes argument,
            @Nullable String key,
            @Nullable String caller) implements Request {}

    /** Calls of one machine in one entry, all or nothing. */
    record AtomicBatch(String machine, List<Call> calls) implements Request {
        public AtomicBatch {
            calls = List.copyOf(calls);
        }
    }

    /**
     * Uploads a new version, creating the machine with the first one.
     *
     * @param files {@code main.lua} alone for a plain script
     * @param activate whether to switch to it in the same entry
     * @param expected version that has to be active, or null for any
     */
    record Deploy(
            String machine,
            SortedMap<String, Bytes> files,
            boolean activate,
            @Nullable Long expected) implements Request {}

    /** Switches to a version that was uploaded before. */
    record Activate(String machine, long version, @Nullable Long expected) implements Request {}

    record SetLimits(String machine, Limits limits) implements Request {}

    record Delete(String machine) implements Request {}
}
