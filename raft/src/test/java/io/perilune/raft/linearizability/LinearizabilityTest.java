package io.perilune.raft.linearizability;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.raft.linearizability.KeyOperation.Add;
import io.perilune.raft.linearizability.KeyOperation.CompareAndSet;
import io.perilune.raft.linearizability.KeyOperation.Read;
import io.perilune.raft.linearizability.KeyOperation.Write;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LinearizabilityTest {
    private static final KeyModel MODEL = new KeyModel();

    private final List<Operation<KeyOperation, Long>> history = new ArrayList<>();

    private void write(long called, long returned, long value, long replaced) {
        history.add(new Operation<>(0, called, returned, new Write("x", value), replaced));
    }

    private void read(long called, long returned, long value) {
        history.add(new Operation<>(0, called, returned, new Read("x"), value));
    }

    private void add(long called, long returned, long amount, long sum) {
        history.add(new Operation<>(0, called, returned, new Add("x", amount), sum));
    }

    private void compareAndSet(long called, long returned, long expected, long value, boolean done) {
        history.add(new Operation<>(0, called, returned, new CompareAndSet("x", expected, value), done ? 1L : 0L));
    }

    private void unanswered(long called, KeyOperation input) {
        history.add(new Operation<>(0, called, Operation.NEVER, input, 0L));
    }

    private boolean holds() {
        return Linearizability.holds(MODEL, history);
    }

    @Test
    void one_after_another_holds() {
        write(1, 2, 7, 0);
        read(3, 4, 7);
        assertThat(holds()).isTrue();
    }

    @Test
    void a_history_without_operations_holds() {
        assertThat(holds()).isTrue();
    }

    @Test
    void a_stale_read_is_caught() {
        write(1, 2, 7, 0);
        read(3, 4, 0);
        assertThat(holds()).isFalse();
    }

    @Test
    void a_read_beside_a_write_may_see_either_side() {
        write(1, 10, 7, 0);
        read(2, 3, 0);
        read(4, 5, 7);
        assertThat(holds()).isTrue();
    }

    @Test
    void what_was_seen_once_cannot_be_unseen() {
        write(1, 10, 7, 0);
        read(2, 3, 7);
        read(4, 5, 0);
        assertThat(holds()).isFalse();
    }

    @Test
    void a_write_without_an_answer_may_happen_late_or_never() {
        unanswered(1, new Write("x", 7));
        read(2, 3, 0);
        read(4, 5, 7);
        assertThat(holds()).isTrue();
        history.clear();
        unanswered(1, new Write("x", 7));
        read(2, 3, 0);
        assertThat(holds()).isTrue();
    }

    @Test
    void a_write_without_an_answer_happens_at_most_once() {
        unanswered(1, new Write("x", 7));
        read(2, 3, 7);
        write(4, 5, 8, 7);
        read(6, 7, 7);
        assertThat(holds()).isFalse();
    }

    @Test
    void a_write_cannot_be_seen_before_its_call() {
        read(1, 2, 7);
        unanswered(3, new Write("x", 7));
        assertThat(holds()).isFalse();
    }

    @Test
    void a_lost_write_is_caught() {
        write(1, 2, 7, 0);
        write(3, 4, 8, 7);
        read(5, 6, 7);
        assertThat(holds()).isFalse();
    }

    @Test
    void a_write_that_says_it_replaced_what_was_never_there_is_caught() {
        write(1, 2, 7, 0);
        write(3, 4, 8, 6);
        assertThat(holds()).isFalse();
    }

    @Test
    void an_addition_done_twice_is_caught() {
        add(1, 2, 1, 1);
        add(3, 4, 1, 3);
        assertThat(holds()).isFalse();
    }

    @Test
    void an_acknowledged_addition_that_was_lost_is_caught() {
        add(1, 2, 1, 1);
        add(3, 4, 1, 1);
        assertThat(holds()).isFalse();
    }

    @Test
    void of_two_that_swap_the_same_number_one_fails() {
        compareAndSet(1, 10, 0, 7, true);
        compareAndSet(2, 11, 0, 8, false);
        assertThat(holds()).isTrue();
        history.clear();
        compareAndSet(1, 10, 0, 7, true);
        compareAndSet(2, 11, 0, 8, true);
        assertThat(holds()).isFalse();
    }

    @Test
    void two_clients_that_saw_two_writes_in_different_orders_are_caught() {
        unanswered(1, new Write("x", 7));
        unanswered(1, new Write("x", 8));
        read(2, 3, 7);
        read(4, 5, 8);
        read(6, 7, 7);
        assertThat(holds()).isFalse();
    }

    @Test
    void the_explanation_names_the_answer_that_does_not_fit() {
        write(1, 2, 7, 0);
        read(3, 4, 5);
        assertThat(Linearizability.check(MODEL, history))
                .isInstanceOfSatisfying(
                        Verdict.NotLinearizable.class,
                        verdict -> assertThat(verdict.explanation())
                                .contains(
                                        "1 of 2 answers", "leaves 7", "Read[key=x]", "output=5", "due another answer"));
    }

    @Test
    void keys_are_judged_each_by_itself() {
        write(1, 2, 7, 0);
        read(3, 4, 7);
        history.add(new Operation<>(0, 5, 6, new Read("y"), 7L));
        var verdicts = Linearizability.checkByKey(MODEL, history, KeyOperation::key);
        assertThat(verdicts.get("x")).isInstanceOf(Verdict.Linearizable.class);
        assertThat(verdicts.get("y")).isInstanceOf(Verdict.NotLinearizable.class);
    }

    @Test
    void a_search_that_remembers_too_much_is_given_up_as_undecided() {
        for (int i = 1; i <= 20; i++) {
            unanswered(1, new Add("x", 1L << i));
        }
        read(2, 3, 1);
        assertThat(Linearizability.check(MODEL, history, 1_000)).isInstanceOf(Verdict.Undecided.class);
    }

    @Test
    void a_long_history_with_many_unanswered_operations_is_decided() {
        long state = 0;
        for (int moment = 10; moment <= 100_000; moment += 10) {
            if (moment % 2_000 == 0) {
                unanswered(moment, new Add("x", 5));
                state += moment % 4_000 == 0 ? 5 : 0;
            } else {
                state += 1;
                add(moment - 8, moment + 18, 1, state);
            }
        }
        assertThat(holds()).isTrue();
        read(200_000, 200_001, -1);
        assertThat(holds()).isFalse();
    }

    @Test
    void many_reads_at_one_time_are_decided() {
        for (int i = 0; i < 60; i++) {
            read(1, 1_000, i % 2);
        }
        write(2, 900, 1, 0);
        assertThat(holds()).isTrue();
        read(1_001, 1_002, 0);
        assertThat(holds()).isFalse();
    }

    @Test
    void small_random_histories_get_the_verdict_of_trying_every_order() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        var random = new SplittableRandom(seed);
        int held = 0;
        int rounds = 3_000;
        for (int round = 0; round < rounds; round++) {
            history.clear();
            int operations = 1 + random.nextInt(6);
            for (int i = 0; i < operations; i++) {
                long called = random.nextInt(12);
                long returned = random.nextInt(4) == 0 ? Operation.NEVER : called + random.nextInt(6);
                history.add(new Operation<>(i, called, returned, anyOperation(random), (long) random.nextInt(3)));
            }
            boolean expected = someOrderFits(0, new BitSet());
            assertThat(holds()).as("seed %d round %d: %s", seed, round, history).isEqualTo(expected);
            held += expected ? 1 : 0;
        }
        assertThat(held).as("both verdicts came up").isBetween(rounds / 20, rounds - rounds / 20);
    }

    private static KeyOperation anyOperation(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> new Read("x");
            case 1 -> new Write("x", random.nextInt(3));
            case 2 -> new CompareAndSet("x", random.nextInt(3), random.nextInt(3));
            default -> new Add("x", random.nextInt(2));
        };
    }

    /** The definition itself: some order that respects real time and explains all answers. */
    private boolean someOrderFits(long state, BitSet taken) {
        boolean complete = true;
        for (int i = 0; i < history.size(); i++) {
            complete &= taken.get(i) || !history.get(i).answered();
        }
        if (complete) {
            return true;
        }
        for (int i = 0; i < history.size(); i++) {
            var next = history.get(i);
            if (taken.get(i) || next.answered() && MODEL.answer(state, next.input()) != next.output()) {
                continue;
            }
            boolean overtakes = false;
            for (int j = 0; j < history.size(); j++) {
                overtakes |= !taken.get(j) && history.get(j).returned() < next.called();
            }
            if (!overtakes) {
                taken.set(i);
                boolean fits = someOrderFits(MODEL.blind(state, next.input()), taken);
                taken.clear(i);
                if (fits) {
                    return true;
                }
            }
        }
        return false;
    }
}
