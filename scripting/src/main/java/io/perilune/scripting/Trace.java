package io.perilune.scripting;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One call of a script, step by step. Values are canonical, and as they were then; one that has no such form, or is
 * large, is a string that says what it was.
 *
 * @param cut whether the call went on after the last step
 */
public record Trace(Outcome outcome, List<Step> steps, boolean cut) {
    /** Steps taken note of. */
    public static final int STEPS_MAX = 10_000;

    /** Of names and values in all steps together. */
    public static final int BYTES_MAX = 4 << 20;

    /** Of one value. */
    public static final int VALUE_BYTES_MAX = 1 << 10;

    /**
     * A line that was about to run. One that calls the host more than once has a step for each call.
     *
     * @param file {@code bank.lua}, or the file in a bundle
     * @param locals in scope, in the order of their declaration
     */
    public record Step(
            String file,
            int line,
            Map<String, Bytes> locals,
            @Nullable HostCall call) {}

    /** @param result {@code null} of those that have none */
    public record HostCall(String function, List<Bytes> arguments, Bytes result) {}
}
