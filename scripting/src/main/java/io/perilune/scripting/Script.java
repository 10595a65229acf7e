package io.perilune.scripting;

import java.util.SortedSet;

/**
 * One compiled script, immutable and shared: each call runs it as freshly loaded, so that nothing but the host's state
 * outlives a call. Safe for use by several threads at once.
 */
public final class Script {
    /** Names that {@code POST .../commands/NAME} reaches. */
    public SortedSet<String> commands() {
        throw new IllegalStateException();
    }

    public SortedSet<String> queries() {
        throw new IllegalStateException();
    }

    /**
     * Runs one entry point in the caller's thread, then, for all but queries, {@code invariant()} where the script has
     * one. Never throws for anything that a script does.
     */
    public Outcome call(EntryPoint entry, Host host, Invocation invocation) {
        throw new IllegalStateException();
    }
}
