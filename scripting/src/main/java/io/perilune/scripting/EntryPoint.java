package io.perilune.scripting;

/** Which function of a script to call. Arguments are canonical values. */
public sealed interface EntryPoint {
    /** {@code apply(command)}; a script without one dispatches {@code {"name", "args"}} to its commands. */
    record Apply(Bytes argument) implements EntryPoint {}

    /** {@code commands.NAME(args)}. */
    record Command(String name, Bytes argument) implements EntryPoint {}

    /** {@code queries.NAME(args)}: the host refuses writes. */
    record Query(String name, Bytes argument) implements EntryPoint {}

    /** {@code init()}; done at once where a script has none. */
    record Init() implements EntryPoint {}

    /** {@code migrate(from_version)}; done at once where a script has none. */
    record Migrate(long fromVersion) implements EntryPoint {}
}
