package io.perilune.raft.linearizability;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Decides whether a history is linearizable: whether each operation can be given a moment between its call and its
 * return so that, taken in that order, all answers are right. Wing and Gong's search (1993), with Lowe's memory (2017) of
 * the situations that have been tried. An operation without an answer may be left out; one that certainly did not happen
 * does not belong in the history at all.
 *
 * <p>Linearizability is local (Herlihy and Wing, 1990, theorem 1), so histories of many keys are checked key by key.
 */
public final class Linearizability {
    /** Situations that one search may remember; each takes about a hundred bytes. */
    public static final int MOST_SITUATIONS = 2_000_000;

    private Linearizability() {}

    /** Checks each key's part by itself. The verdicts are in the order of the keys. */
    public static <K extends Comparable<K>, S, I, O> Map<K, Verdict> checkByKey(
            Model<S, I, O> model, List<Operation<I, O>> history, Function<I, K> key) {
        Map<K, List<Operation<I, O>>> parts = new TreeMap<>();
        for (var operation : history) {
            parts.computeIfAbsent(key.apply(operation.input()), ignored -> new ArrayList<>())
                    .add(operation);
        }
        Map<K, Verdict> verdicts = new TreeMap<>();
        parts.forEach((each, part) -> verdicts.put(each, check(model, part)));
        return verdicts;
    }

    /** Checks the history of one object. */
    public static <S, I, O> Verdict check(Model<S, I, O> model, List<Operation<I, O>> history) {
        return check(model, history, MOST_SITUATIONS);
    }

    /** @param mostSituations how many the search may remember before it gives up; at least 1 */
    public static <S, I, O> Verdict check(Model<S, I, O> model, List<Operation<I, O>> history, int mostSituations) {
        return new Search<>(model, history, mostSituations).run();
    }

    /**
     * Whether {@code history} is linearizable.
     *
     * @throws IllegalStateException if the search gave up; the history is too long or too concurrent to be decided
     */
    public static <S, I, O> boolean holds(Model<S, I, O> model, List<Operation<I, O>> history) {
        var verdict = check(model, history);
        if (verdict instanceof Verdict.Undecided undecided) {
            throw new IllegalStateException("undecided after " + undecided.situations() + " situations");
        }
        return verdict instanceof Verdict.Linearizable;
    }
}
