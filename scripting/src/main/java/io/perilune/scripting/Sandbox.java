package io.perilune.scripting;

import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** Compiles sources into {@link Script}s that are sealed off and metered. Safe for use by several threads. */
public final class Sandbox {
    /** The file of a bundle that is run; a plain upload is a bundle of this file alone. */
    public static final String MAIN = "main.lua";

    /** Whether a source is a script. */
    public sealed interface Compilation {
        record Compiled(Script script) implements Compilation {}

        /** {@code line} is 0 where the fault is not in one line; {@code sourceLine} is then null. */
        record Invalid(
                String message,
                String file,
                int line,
                @Nullable String sourceLine) implements Compilation {}
    }

    /**
     * Compiles, loads once under the limits of a command, and lists the entry points.
     *
     * @param machine names a plain upload's file in messages ({@code MACHINE.lua})
     * @param files by name, {@link #MAIN} among them
     */
    public Compilation compile(String machine, SortedMap<String, Bytes> files) {
        throw new IllegalStateException("compile " + machine + " " + files.size());
    }
}
