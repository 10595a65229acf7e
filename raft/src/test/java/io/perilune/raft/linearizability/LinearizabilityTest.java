package io.perilune.raft.linearizability;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LinearizabilityTest {
    /** A register: null reads it, anything else writes it. */
    private static final Model<Integer, Optional<Integer>, Integer> REGISTER = new Model<>() {
        @Override
        public Integer initial() {
            return 0;
        }

        @Override
        public Optional<Integer> step(Integer state, Optional<Integer> input, Integer output) {
            return input.isPresent() ? input : Optional.of(state).filter(output::equals);
        }

        @Override
        public Integer blind(Integer state, Optional<Integer> input) {
            return input.orElse(state);
        }
    };

    private final List<Operation<Optional<Integer>, Integer>> history = new ArrayList<>();

    private void write(long called, long returned, int value) {
        history.add(new Operation<>(0, called, returned, Optional.of(value), 0));
    }

    private void read(long called, long returned, int value) {
        history.add(new Operation<>(0, called, returned, Optional.empty(), value));
    }

    private boolean holds() {
        return Linearizability.holds(REGISTER, history);
    }

    @Test
    void one_after_another_holds() {
        write(1, 2, 7);
        read(3, 4, 7);
        assertThat(holds()).isTrue();
    }

    @Test
    void a_stale_read_is_caught() {
        write(1, 2, 7);
        read(3, 4, 0);
        assertThat(holds()).isFalse();
    }

    @Test
    void a_read_beside_a_write_may_see_either_side() {
        write(1, 10, 7);
        read(2, 3, 0);
        read(4, 5, 7);
        assertThat(holds()).isTrue();
    }

    @Test
    void what_was_seen_once_cannot_be_unseen() {
        write(1, 10, 7);
        read(2, 3, 7);
        read(4, 5, 0);
        assertThat(holds()).isFalse();
    }

    @Test
    void a_write_without_an_answer_may_happen_late_or_never() {
        write(1, Operation.NEVER, 7);
        read(2, 3, 0);
        read(4, 5, 7);
        assertThat(holds()).isTrue();
        history.clear();
        write(1, Operation.NEVER, 7);
        read(2, 3, 0);
        assertThat(holds()).isTrue();
    }

    @Test
    void a_write_without_an_answer_happens_at_most_once() {
        write(1, Operation.NEVER, 7);
        read(2, 3, 7);
        write(4, 5, 8);
        read(6, 7, 7);
        assertThat(holds()).isFalse();
    }

    @Test
    void a_lost_write_is_caught() {
        write(1, 2, 7);
        write(3, 4, 8);
        read(5, 6, 7);
        assertThat(holds()).isFalse();
    }

    @Test
    void histories_of_a_real_register_hold_and_one_changed_read_breaks_them() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        var random = new SplittableRandom(seed);
        for (int round = 0; round < 50; round++) {
            history.clear();
            int state = 0;
            // Each operation takes effect at 10, 20, 30 ...; calls and returns overlap its neighbours' at random.
            for (int moment = 10; moment <= 400; moment += 10) {
                long called = moment - random.nextInt(15);
                long returned = moment + random.nextInt(15);
                if (random.nextBoolean()) {
                    state = moment;
                    write(called, returned, state);
                } else {
                    read(called, returned, state);
                }
            }
            assertThat(holds()).as("seed %d round %d", seed, round).isTrue();
            read(1_000, 1_001, -1);
            assertThat(holds()).as("seed %d round %d", seed, round).isFalse();
        }
    }
}
