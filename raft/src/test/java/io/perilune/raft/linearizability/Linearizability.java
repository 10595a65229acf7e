package io.perilune.raft.linearizability;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Decides whether a history is linearizable: whether each operation can be given a moment between its call and its
 * return so that, taken in that order, all answers are right. Wing and Gong's search (1993), with Lowe's memory (2017) of
 * pairs of done operations and state that have been tried. An operation without an answer may be left out.
 *
 * <p>Linearizability is local (Herlihy and Wing, 1990, theorem 1), so histories of many keys are checked key by key.
 */
public final class Linearizability {
    private Linearizability() {}

    /** Checks each part by itself and gives the first key whose part has no explanation. */
    public static <K extends Comparable<K>, S, I, O> Optional<K> firstViolation(
            Model<S, I, O> model, List<Operation<I, O>> history, Function<I, K> key) {
        Map<K, List<Operation<I, O>>> parts = new TreeMap<>();
        for (var operation : history) {
            parts.computeIfAbsent(key.apply(operation.input()), ignored -> new ArrayList<>())
                    .add(operation);
        }
        for (var part : parts.entrySet()) {
            if (!holds(model, part.getValue())) {
                return Optional.of(part.getKey());
            }
        }
        return Optional.empty();
    }

    public static <S, I, O> boolean holds(Model<S, I, O> model, List<Operation<I, O>> history) {
        return new Search<>(model, history).run();
    }

    private record Tried<S>(BitSet done, S state) {}

    private record Choice<S>(int operation, S before) {}

    private static final class Search<S, I, O> {
        private final Model<S, I, O> model;
        private final List<Operation<I, O>> operations;
        private final int answered;
        private final BitSet done = new BitSet();
        private final Set<Tried<S>> tried = new HashSet<>();
        private final List<Choice<S>> path = new ArrayList<>();
        private int answeredDone;

        Search(Model<S, I, O> model, List<Operation<I, O>> history) {
            this.model = model;
            this.operations = history.stream()
                    .sorted(Comparator.comparingLong(Operation::called))
                    .toList();
            this.answered = (int) history.stream().filter(Operation::answered).count();
        }

        boolean run() {
            S state = model.initial();
            int candidate = 0;
            while (answeredDone < answered) {
                int next = nextPossible(candidate);
                if (next >= 0) {
                    var after = take(state, next);
                    if (after.isPresent()) {
                        path.add(new Choice<>(next, state));
                        state = after.get();
                        candidate = 0;
                    } else {
                        candidate = next + 1;
                    }
                } else if (path.isEmpty()) {
                    return false;
                } else {
                    var last = path.remove(path.size() - 1);
                    undo(last.operation());
                    state = last.before();
                    candidate = last.operation() + 1;
                }
            }
            return true;
        }

        /** An operation may come next if it was called before any that is not done had returned. */
        private int nextPossible(int from) {
            long earliestReturn = Operation.NEVER;
            int found = -1;
            for (int i = done.nextClearBit(0); i < operations.size(); i = done.nextClearBit(i + 1)) {
                var operation = operations.get(i);
                if (operation.called() > earliestReturn) {
                    break;
                }
                if (found < 0 && i >= from) {
                    found = i;
                }
                earliestReturn = Math.min(earliestReturn, operation.returned());
            }
            return found >= 0 && operations.get(found).called() <= earliestReturn ? found : -1;
        }

        private Optional<S> take(S state, int index) {
            var operation = operations.get(index);
            Optional<S> after = operation.answered()
                    ? model.step(state, operation.input(), operation.output())
                    : Optional.of(model.blind(state, operation.input()));
            if (after.isEmpty()) {
                return after;
            }
            done.set(index);
            if (!tried.add(new Tried<>((BitSet) done.clone(), after.get()))) {
                done.clear(index);
                return Optional.empty();
            }
            answeredDone += operation.answered() ? 1 : 0;
            return after;
        }

        private void undo(int index) {
            done.clear(index);
            answeredDone -= operations.get(index).answered() ? 1 : 0;
        }
    }
}
