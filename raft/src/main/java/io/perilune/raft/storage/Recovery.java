package io.perilune.raft.storage;

import io.perilune.raft.proto.HardState;
import io.perilune.raft.proto.SnapshotMetadata;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What {@link Wal#open} found.
 *
 * @param hardState the newest; the commit index is at least the snapshot's
 * @param snapshot the newest usable one, to start the state machine from; empty in a log that still begins at index 1
 * @param firstIndex of the entries at hand; may lie before the snapshot, for slow followers
 * @param lastIndex {@code firstIndex - 1} if there are no entries
 * @param cut set if a torn tail was cut off: nothing in it had been acknowledged, but it is worth a line in the log
 */
public record Recovery(
        HardState hardState,
        Optional<SnapshotMetadata> snapshot,
        long firstIndex,
        long lastIndex,
        int segments,
        long bytes,
        Optional<Cut> cut) {
    /** True if there was nothing: a new node, or one that lost its disk. */
    public boolean isNew() {
        return lastIndex == 0 && snapshot.isEmpty() && hardState.equals(HardState.getDefaultInstance());
    }

    /**
     * A torn tail.
     *
     * @param offset where in {@code segment} it began
     * @param bytes how much was not zero from there on, at most
     * @param kept the file that holds these bytes now
     */
    public record Cut(Path segment, long offset, long bytes, Path kept) {
        @Override
        public String toString() {
            return "cut a torn tail of " + bytes + " bytes at offset " + offset + " of " + segment + ", kept in "
                    + kept;
        }
    }

    /** Told now and then while a long log is read. */
    @FunctionalInterface
    public interface Progress {
        Progress SILENT = (bytesRead, bytesTotal, lastIndex) -> {};

        void read(long bytesRead, long bytesTotal, long lastIndex);
    }
}
