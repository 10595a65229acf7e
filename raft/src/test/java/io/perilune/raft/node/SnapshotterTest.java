package io.perilune.raft.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.raft.proto.SnapshotMetadata;
import io.perilune.raft.storage.DiskFiles;
import io.perilune.raft.storage.SnapshotStore;
import io.perilune.raft.storage.StorageIdentity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotterTest {
    private static final int PART_BYTES = 1 << 20;

    @TempDir
    Path directory;

    @Test
    void a_snapshot_that_is_being_written_is_given_up_when_the_server_closes() throws Exception {
        SnapshotStore store = SnapshotStore.open(new DiskFiles(), directory, new StorageIdentity(1, 1));
        List<Snapshotter.Job> written = new ArrayList<>();
        Snapshotter snapshotter = new Snapshotter(store, written::add, new Metering());
        int[] parts = {0};
        StateMachine.Capture endless = out -> {
            while (parts[0] < 100) {
                out.write(new byte[PART_BYTES]);
                parts[0]++;
                snapshotter.close();
            }
        };
        CompletableFuture<Long> done = new CompletableFuture<>();
        SnapshotMetadata metadata =
                SnapshotMetadata.newBuilder().setIndex(7).setTerm(1).build();

        snapshotter.begin(new Snapshotter.Job(metadata, Roster.EMPTY, endless, 0, done));
        snapshotter.run();

        assertThat(parts[0]).isEqualTo(1);
        assertThat(written).isEmpty();
        assertThat(done).isCompletedExceptionally();
        assertThat(snapshotter.isBusy()).isFalse();
        try (var files = Files.list(directory)) {
            assertThat(files).isEmpty();
        }
    }
}
