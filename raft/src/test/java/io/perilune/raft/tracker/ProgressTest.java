package io.perilune.raft.tracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ProgressTest {
    @Test
    void the_window_counts_what_is_under_way_like_a_plain_queue() {
        long seed = Long.getLong("raft.seed", System.nanoTime());
        System.out.println("seed " + seed);
        Random chance = new Random(seed);
        Inflights window = new Inflights(37, 1_000);
        Deque<long[]> queue = new ArrayDeque<>();
        long index = 0;
        for (int step = 0; step < 50_000; step++) {
            if (chance.nextInt(3) > 0 && !window.full()) {
                index += 1 + chance.nextInt(3);
                long bytes = chance.nextInt(100);
                window.add(index, bytes);
                queue.add(new long[] {index, bytes});
            } else {
                long upTo = index - chance.nextInt(60);
                window.freeUpTo(upTo);
                while (!queue.isEmpty() && queue.peek()[0] <= upTo) {
                    queue.poll();
                }
            }
            long bytes = queue.stream().mapToLong(each -> each[1]).sum();
            assertThat(window.count()).isEqualTo(queue.size());
            assertThat(window.bytes()).isEqualTo(bytes);
            assertThat(window.full()).isEqualTo(queue.size() >= 37 || bytes >= 1_000);
        }
    }

    @Test
    void a_full_window_takes_nothing_more() {
        Inflights window = new Inflights(1, Long.MAX_VALUE);
        window.add(5, 10);
        assertThatThrownBy(() -> window.add(6, 10)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_probe_pauses_until_it_is_answered_and_an_old_refusal_changes_nothing() {
        Progress peer = new Progress(10, false, new Inflights(4, Long.MAX_VALUE));
        peer.sent(2, 20);
        assertThat(peer.isPaused()).isTrue();
        assertThat(peer.retreat(7, 3)).isFalse();
        assertThat(peer.retreat(9, 3)).isTrue();
        assertThat(peer.next()).isEqualTo(4);
        assertThat(peer.isPaused()).isFalse();
    }

    @Test
    void replicating_runs_ahead_until_the_window_is_full() {
        Progress peer = new Progress(1, false, new Inflights(2, Long.MAX_VALUE));
        peer.replicate();
        peer.sent(3, 1);
        assertThat(peer.next()).isEqualTo(4);
        peer.sent(3, 1);
        assertThat(peer.isPaused()).isTrue();
        peer.acknowledge(3);
        peer.free(3);
        assertThat(peer.isPaused()).isFalse();
        assertThat(peer.view().inflight()).isEqualTo(1);
    }

    @Test
    void after_a_snapshot_sending_goes_on_behind_it_and_after_a_failed_one_where_it_was() {
        Progress peer = new Progress(1, false, new Inflights(2, Long.MAX_VALUE));
        peer.sendSnapshot(50);
        assertThat(peer.isPaused()).isTrue();
        peer.probe();
        assertThat(peer.next()).isEqualTo(51);
        peer.sendSnapshot(60);
        peer.probeAfterFailedSnapshot();
        assertThat(peer.next()).isEqualTo(1);
    }
}
