package io.perilune.raft.linearizability;

/** What the check of a history came to. */
public sealed interface Verdict {
    /** Some order of the operations explains every answer. */
    record Linearizable() implements Verdict {}

    /**
     * No order explains every answer.
     *
     * @param explanation the longest order that the search found, its last operations in words, and why none of those that
     *     could have come next fits
     */
    record NotLinearizable(String explanation) implements Verdict {}

    /**
     * The search was given up, having remembered as many situations as it was allowed: the history may be right or wrong.
     */
    record Undecided(long situations) implements Verdict {}
}
