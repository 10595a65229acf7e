package io.perilune.engine.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.engine.state.Change;
import io.perilune.engine.state.Stored;
import io.perilune.engine.state.World;
import io.perilune.scripting.Bytes;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecentWorldsTest {
    private static final long BYTES_MAX = 100;
    private final RecentWorlds past = new RecentWorlds(4, BYTES_MAX);

    private static World world(long index) {
        return World.EMPTY.at(index, 1, index);
    }

    /** Puts an end to a value of that size, key included. */
    private static List<Change> replacing(int bytes) {
        var key = Bytes.utf8("k");
        return List.of(new Change(key, new Stored(Bytes.owned(new byte[bytes - 1]), 0), null));
    }

    private void add(long from, long to) {
        for (var index = from; index <= to; index++) {
            past.add(world(index), List.of());
        }
    }

    @Test
    void the_last_indexes_are_kept() {
        add(1, 10);

        assertThat(past.oldest()).isEqualTo(7);
        assertThat(past.at(7)).isEqualTo(world(7));
        assertThat(past.at(10)).isEqualTo(world(10));
        assertThat(List.of(-1L, 0L, 6L, 11L)).allMatch(index -> past.at(index) == null);
    }

    @Test
    void what_is_kept_is_bounded_in_bytes() {
        add(1, 2);
        past.add(world(3), replacing(60));
        past.add(world(4), replacing(60));

        assertThat(past.oldest()).isEqualTo(4);
        assertThat(past.at(3)).isNull();
        assertThat(past.at(4)).isEqualTo(world(4));
    }

    @Test
    void more_than_may_be_kept_at_once_leaves_the_newest() {
        past.add(world(1), List.of());
        past.add(world(2), replacing(1_000));
        past.add(world(3), List.of());

        assertThat(past.at(2)).isNull();
        assertThat(past.at(3)).isEqualTo(world(3));
    }

    @Test
    void a_snapshot_from_elsewhere_begins_anew() {
        add(1, 3);

        past.add(world(50), List.of());
        past.add(world(51), List.of());

        assertThat(past.oldest()).isEqualTo(50);
        assertThat(past.at(3)).isNull();
        assertThat(past.at(51)).isEqualTo(world(51));
    }
}
