package io.perilune.engine.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.engine.HistoryBounds;
import io.perilune.scripting.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HistoryTest {
    private static final Bytes MEBIBYTE = Bytes.owned(new byte[1 << 20]);

    private static List<Long> indexes(History history) {
        var indexes = new ArrayList<Long>();
        history.inOrder().forEach(entry -> indexes.add(entry.getKey()));
        return indexes;
    }

    @Test
    void entries_are_found_by_index_and_from_an_index_on() {
        var history = History.NONE
                .plus(3, 0, true, Bytes.utf8("three"))
                .plus(7, 0, false, Bytes.utf8("seven"))
                .plus(9, 0, true, Bytes.utf8("nine"));

        assertThat(history.get(7)).isEqualTo(Bytes.utf8("seven"));
        assertThat(history.get(8)).isNull();
        assertThat(history.next(4)).isEqualTo(7);
        assertThat(history.next(10)).isNull();
        assertThat(history.backwards()).extracting(Map.Entry::getKey).containsExactly(9L, 7L, 3L);
        assertThat(history.commandsBackwards()).toIterable().containsExactly(9L, 3L);
        assertThat(history.last()).isEqualTo(9);
        assertThat(history.firstCommand()).isEqualTo(3);
    }

    @Test
    void the_oldest_goes_where_there_are_too_many_bytes() {
        var history = History.NONE;
        for (var index = 1; index <= 10; index++) {
            history = history.plus(index, 0, true, MEBIBYTE);
        }

        assertThat(indexes(history)).containsExactly(3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
    }

    /** Or a replica that was restored would differ from one that was not. */
    @Test
    void restoring_forgets_nothing_that_was_still_there() {
        var large = Bytes.owned(new byte[(int) HistoryBounds.DEFAULT.bytes()]);

        var history = History.NONE
                .restored(1, 0, true, MEBIBYTE)
                .restored(2, 2 * HistoryBounds.DEFAULT.millis(), true, large)
                .restored(3, 2 * HistoryBounds.DEFAULT.millis(), true, MEBIBYTE);

        assertThat(indexes(history)).containsExactly(1L, 2L, 3L);
    }

    @Test
    void the_newest_stays_however_large_it_is() {
        var large = Bytes.owned(new byte[(int) HistoryBounds.DEFAULT.bytes() + 1]);

        assertThat(indexes(History.NONE.plus(1, 0, true, MEBIBYTE).plus(2, 0, true, large)))
                .containsExactly(2L);
    }

    @Test
    void other_bounds_count_from_when_they_are_set() {
        var history = History.NONE;
        for (var index = 1; index <= 5; index++) {
            history = history.plus(index, 0, true, MEBIBYTE);
        }

        var less = history.with(new HistoryBounds(3 << 20, 1_000), 0);
        assertThat(indexes(less)).containsExactly(3L, 4L, 5L);
        assertThat(less.forgotten()).isEqualTo(2);
        assertThat(indexes(less.plus(6, 1_000, true, Bytes.EMPTY))).containsExactly(6L);
        var none = less.with(new HistoryBounds(0, 1_000), 0);
        assertThat(indexes(none)).isEmpty();
        assertThat(none.forgotten()).isEqualTo(5);
    }

    @Test
    void what_is_older_than_a_week_of_log_time_goes_a_few_at_a_time() {
        var history = History.NONE;
        for (var index = 1; index <= 20; index++) {
            history = history.plus(index, 1_000, true, Bytes.EMPTY);
        }

        var kept = history.plus(21, 1_000 + HistoryBounds.DEFAULT.millis() - 1, true, Bytes.EMPTY);
        assertThat(indexes(kept)).hasSize(21);
        var aged = kept.plus(22, 1_000 + HistoryBounds.DEFAULT.millis(), true, Bytes.EMPTY);
        assertThat(indexes(aged)).containsExactly(17L, 18L, 19L, 20L, 21L, 22L);
    }
}
