package io.perilune.engine.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.scripting.Bytes;
import org.junit.jupiter.api.Test;

class MemoryTest {
    private static Remembered remembered(String caller, String key, long time, int replyBytes) {
        return new Remembered(caller, key, Bytes.utf8("f"), time, Bytes.owned(new byte[replyBytes]));
    }

    @Test
    void keys_of_two_callers_are_two_keys() {
        var memory = Memory.NONE.plus(remembered("ann", "k", 0, 1)).plus(remembered("bob", "k", 0, 2));

        assertThat(memory.find("ann", "k", 0)).extracting(r -> r.reply().size()).isEqualTo(1);
        assertThat(memory.find("bob", "k", 0)).extracting(r -> r.reply().size()).isEqualTo(2);
        assertThat(memory.find("", "k", 0)).isNull();
    }

    @Test
    void after_24_hours_of_log_time_a_key_is_new_again_even_before_it_is_removed() {
        var memory = Memory.NONE.plus(remembered("", "k", 1_000, 1));

        assertThat(memory.find("", "k", 1_000 + Memory.MILLIS_MAX - 1)).isNotNull();
        assertThat(memory.find("", "k", 1_000 + Memory.MILLIS_MAX)).isNull();
        assertThat(memory.aged(1_000 + Memory.MILLIS_MAX - 1).count()).isEqualTo(1);
        assertThat(memory.aged(1_000 + Memory.MILLIS_MAX).count()).isZero();
    }

    @Test
    void the_aged_are_removed_in_bounded_steps() {
        var memory = Memory.NONE;
        for (var i = 0; i < 100; i++) {
            memory = memory.plus(remembered("", "k" + i, i, 1));
        }

        assertThat(memory.aged(Memory.MILLIS_MAX + 1_000).count()).isEqualTo(100 - Memory.AGED_PER_ENTRY);
    }

    @Test
    void one_too_many_makes_it_forget_the_oldest() {
        var memory = Memory.NONE;
        for (var i = 0; i <= Memory.COUNT_MAX; i++) {
            memory = memory.plus(remembered("", "k" + i, i, 1));
        }

        assertThat(memory.count()).isEqualTo(Memory.COUNT_MAX);
        assertThat(memory.find("", "k0", 0)).isNull();
        assertThat(memory.find("", "k1", 0)).isNotNull();
    }

    @Test
    void too_many_bytes_make_it_forget_the_oldest() {
        var memory = Memory.NONE;
        var size = (int) (Memory.BYTES_MAX / 4);
        for (var i = 0; i < 4; i++) {
            memory = memory.plus(remembered("", "k" + i, i, size));
        }

        assertThat(memory.count()).isEqualTo(3);
        assertThat(memory.inOrder()).extracting(Remembered::key).containsExactly("k1", "k2", "k3");
    }

    @Test
    void a_key_used_again_after_it_aged_counts_as_the_youngest() {
        var memory = Memory.NONE
                .plus(remembered("", "a", 0, 1))
                .plus(remembered("", "b", 1, 1))
                .plus(remembered("", "a", 2, 1));

        assertThat(memory.inOrder()).extracting(Remembered::key).containsExactly("b", "a");
    }
}
