package io.perilune.raft.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.perilune.raft.node.ProposalOutcome.Applied;
import io.perilune.raft.storage.DiskFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node that comes back without what it had. */
@Timeout(120)
final class LostDataTest {
    private static final Duration LONG = Duration.ofMillis(Cluster.TIMEOUT_MILLIS);

    @TempDir
    Path directory;

    private void comesBackEmpty(Cluster cluster) throws Exception {
        long lost = cluster.followers().get(0);
        assertThat(cluster.outcome(cluster.awaitLeader(), "a")).isInstanceOf(Applied.class);
        cluster.stop(lost);
        // The others remember it also when they start anew.
        for (long id : cluster.servers.keySet().toArray(Long[]::new)) {
            cluster.stop(id);
            cluster.start(id);
        }
        cluster.wipe(lost);
        cluster.start(lost);

        await().atMost(LONG).until(() -> cluster.failures.get(lost) instanceof DataLostException);
        assertThat(cluster.failures.get(lost))
                .hasMessageContaining("node " + lost)
                .hasMessageContaining("node-" + lost)
                .hasMessageContaining("never reused");
        cluster.stop(lost);
        assertThat(cluster.journal(lost).commands()).isEmpty();
        assertThat(cluster.failures).hasSize(1);
        long left = cluster.awaitLeader();
        assertThat(cluster.outcome(left, "b")).isInstanceOf(Applied.class);

        // What the message says to do works.
        assertThat(Cluster.get(cluster.server(left).removeMember(lost, Cluster.TIMEOUT_MILLIS)))
                .isInstanceOf(Applied.class);
        cluster.startJoining(9);
        assertThat(Cluster.get(cluster.server(left).addMember(9, cluster.address(9), "", Cluster.TIMEOUT_MILLIS)))
                .isInstanceOf(Applied.class);
        assertThat(cluster.awaitAgreement()).containsExactly("a", "b");
    }

    @Test
    void a_node_with_an_empty_disk_under_a_known_id_stops_and_says_why() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 3)) {
            comesBackEmpty(cluster);
        }
    }

    @Test
    void likewise_over_sockets() throws Exception {
        try (Cluster cluster = Cluster.overHttp(directory, 3, options -> options)) {
            comesBackEmpty(cluster);
        }
    }

    @Test
    void a_node_that_starts_late_for_the_first_time_is_welcome() throws Exception {
        try (Cluster cluster = Cluster.inMemory(directory, 3)) {
            long late = cluster.followers().get(0);
            cluster.stop(late);
            for (long id : cluster.servers.keySet().toArray(Long[]::new)) {
                cluster.stop(id);
                Files.delete(directory.resolve("node-" + id).resolve("peers"));
            }
            cluster.wipe(late);
            cluster.servers.clear();
            for (long id = 1; id <= 3; id++) {
                if (id != late) {
                    cluster.start(id);
                }
            }
            assertThat(cluster.outcome(cluster.awaitLeader(), "a")).isInstanceOf(Applied.class);
            cluster.start(late);

            assertThat(cluster.awaitAgreement()).containsExactly("a");
            assertThat(cluster.failures).isEmpty();
        }
    }

    // ---- the list

    private static final String ONE = "00000000000000a1";
    private static final String OTHER = "00000000000000a2";

    private Acquaintances open() throws IOException {
        return Acquaintances.open(new DiskFiles(), directory, () -> 0x0123456789abcdefL);
    }

    @Test
    void whom_one_has_met_is_known_again_after_a_restart() throws Exception {
        Acquaintances first = open();
        assertThat(first.meet(2, ONE)).isTrue();
        assertThat(first.meet(3, OTHER)).isTrue();
        assertThat(first.meet(2, OTHER)).isFalse();
        assertThat(first.meet(4, "no mark")).isFalse();

        Acquaintances second = open();
        assertThat(second.mark()).isEqualTo(first.mark());
        assertThat(second.meet(2, OTHER)).isFalse();
        assertThat(second.meet(2, ONE)).isTrue();
        assertThat(second.meet(3, OTHER)).isTrue();
    }

    @Test
    void a_damaged_list_is_refused_wherever_it_is_cut_or_flipped() throws Exception {
        open().meet(2, ONE);
        Path file = directory.resolve("peers");
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertRefused();
        }
        for (int at = 0; at < whole.length; at++) {
            byte[] flipped = whole.clone();
            flipped[at] ^= 4;
            Files.write(file, flipped);
            assertRefused();
        }
        Files.write(file, whole);
        assertThat(open().meet(2, OTHER)).isFalse();
    }

    private void assertRefused() {
        assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("peers");
    }
}
