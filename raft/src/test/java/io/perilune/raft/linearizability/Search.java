package io.perilune.raft.linearizability;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The search through the orders of one history, depth first over the operations with answers. Those without are put, as
 * few as possible, before an answer that does not fit otherwise: breadth first, because the same state reached by fewer
 * of them is never worse, as any may also be left out.
 */
final class Search<S, I, O> {
    private static final int SHOWN = 8;

    private final Model<S, I, O> model;
    private final List<Operation<I, O>> answered;
    private final List<Operation<I, O>> unanswered;
    private final int mostSituations;

    /** Numbers of operations with answers that are in the order so far. */
    private final BitSet done = new BitSet();

    private final Deque<Level> levels = new ArrayDeque<>();
    private final Map<Situation<S>, List<BitSet>> tried = new HashMap<>();
    private int situations;
    private Place<S> longest;

    /**
     * Which operations with answers are done. Nearly all are a run from the start, which the first number says, so that
     * this is small however long the history is.
     */
    private record Answered(int allBelow, BitSet beyond) {}

    private record Situation<S>(Answered done, S state) {}

    /** The end of an order: how many answers it explains, what it used without an answer, what it leads to. */
    private record Place<S>(
            int answers,
            @Nullable Operation<?, ?> operation,
            BitSet used,
            S state,
            @Nullable Place<S> before) {

        Place<S> then(Operation<?, ?> next, BitSet nowUsed, S after) {
            return new Place<>(answers + (next.answered() ? 1 : 0), next, nowUsed, after, this);
        }
    }

    Search(Model<S, I, O> model, List<Operation<I, O>> history, int mostSituations) {
        this.model = model;
        this.mostSituations = mostSituations;
        var byCall = history.stream()
                .sorted(Comparator.comparingLong(Operation::called))
                .toList();
        this.answered = byCall.stream().filter(Operation::answered).toList();
        this.unanswered =
                byCall.stream().filter(operation -> !operation.answered()).toList();
        this.longest = new Place<>(0, null, new BitSet(), model.initial(), null);
    }

    Verdict run() {
        levels.push(new Level(-1, longest));
        while (done.nextClearBit(0) < answered.size()) {
            var level = levels.element();
            var next = level.next();
            if (situations > mostSituations) {
                return new Verdict.Undecided(situations);
            }
            if (next != null) {
                levels.push(next);
                continue;
            }
            levels.pop();
            if (levels.isEmpty()) {
                return new Verdict.NotLinearizable(explain());
            }
            done.clear(level.operation);
        }
        return new Verdict.Linearizable();
    }

    /** All that can follow upon one choice of an operation with an answer. */
    private final class Level {
        /** The choice that led here, -1 at the start. */
        private final int operation;

        private final Answered doneHere;
        private final long earliestReturn;
        private final List<Place<S>> places = new ArrayList<>();
        private int place;
        private int candidate;

        Level(int operation, Place<S> start) {
            this.operation = operation;
            if (operation >= 0) {
                done.set(operation);
            }
            int allBelow = done.nextClearBit(0);
            this.doneHere = new Answered(allBelow, done.get(allBelow, Math.max(allBelow, done.length())));
            this.earliestReturn = earliestReturn();
            reach(start);
        }

        @Nullable
        Level next() {
            while (place < places.size()) {
                var here = places.get(place);
                for (int i = done.nextClearBit(candidate); mayBeNext(i); i = done.nextClearBit(candidate)) {
                    candidate = i + 1;
                    var chosen = answered.get(i);
                    var after = model.step(here.state(), chosen.input(), chosen.output());
                    if (after.isEmpty()) {
                        continue;
                    }
                    if (after.get().equals(here.state())) {
                        // What fits and changes nothing may as well come at once: no other order from here is better.
                        nextPlace();
                    }
                    var level = new Level(i, here.then(chosen, here.used(), after.get()));
                    if (!level.places.isEmpty()) {
                        return level;
                    }
                    done.clear(i);
                    if (candidate == 0) {
                        break;
                    }
                }
                if (place < places.size() && places.get(place) == here) {
                    useUnanswered(here);
                    nextPlace();
                }
            }
            return null;
        }

        private void nextPlace() {
            place++;
            candidate = 0;
        }

        /** An operation may come next if it was called before any that is not done had returned. */
        private boolean mayBeNext(int index) {
            return index < answered.size() && answered.get(index).called() <= earliestReturn;
        }

        /** Of several that do the same thing one stands for all: each was called, and nobody waits for any. */
        private void useUnanswered(Place<S> here) {
            Set<I> inputs = new HashSet<>();
            for (int i = here.used().nextClearBit(0);
                    i < unanswered.size();
                    i = here.used().nextClearBit(i + 1)) {
                var chosen = unanswered.get(i);
                if (chosen.called() > earliestReturn || situations > mostSituations) {
                    return;
                }
                if (inputs.add(chosen.input())) {
                    var used = (BitSet) here.used().clone();
                    used.set(i);
                    reach(here.then(chosen, used, model.blind(here.state(), chosen.input())));
                }
            }
        }

        /** Keeps {@code reached}, unless the same was reached before by using no more. */
        private void reach(Place<S> reached) {
            var before =
                    tried.computeIfAbsent(new Situation<>(doneHere, reached.state()), ignored -> new ArrayList<>(1));
            for (var used : before) {
                var more = (BitSet) used.clone();
                more.andNot(reached.used());
                if (more.isEmpty()) {
                    return;
                }
            }
            before.add(reached.used());
            situations++;
            places.add(reached);
            if (reached.answers() > longest.answers()) {
                longest = reached;
            }
        }
    }

    private long earliestReturn() {
        long earliest = Operation.NEVER;
        for (int i = done.nextClearBit(0); i < answered.size(); i = done.nextClearBit(i + 1)) {
            if (answered.get(i).called() > earliest) {
                break;
            }
            earliest = Math.min(earliest, answered.get(i).returned());
        }
        return earliest;
    }

    private String explain() {
        Set<Operation<?, ?>> ordered = new HashSet<>();
        var last = new ArrayDeque<Operation<?, ?>>();
        for (Place<S> each = longest; each.operation() != null; each = each.before()) {
            ordered.add(each.operation());
            if (last.size() < SHOWN) {
                last.addFirst(each.operation());
            }
        }
        var text = new StringBuilder();
        text.append(longest.answers())
                .append(" of ")
                .append(answered.size())
                .append(" answers can be explained, in an order");
        text.append(" that ends in");
        last.forEach(operation -> text.append("\n  ").append(operation));
        text.append("\nwhich leaves ").append(longest.state()).append("; of these, which come next, none fits:");
        done.clear();
        for (int i = 0; i < answered.size(); i++) {
            done.set(i, ordered.contains(answered.get(i)));
        }
        long earliestReturn = earliestReturn();
        int shown = 0;
        for (int i = done.nextClearBit(0); i < answered.size() && shown < SHOWN; i = done.nextClearBit(i + 1)) {
            var operation = answered.get(i);
            if (operation.called() <= earliestReturn) {
                boolean fits = model.step(longest.state(), operation.input(), operation.output())
                        .isPresent();
                text.append("\n  ").append(operation).append(fits ? " leads nowhere" : " is due another answer");
                shown++;
            }
        }
        return text.toString();
    }
}
