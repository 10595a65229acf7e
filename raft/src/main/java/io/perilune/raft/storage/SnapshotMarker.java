package io.perilune.raft.storage;

import io.perilune.raft.proto.SnapshotMetadata;

/**
 * Says in the log that a snapshot is complete in the {@link SnapshotStore}: write it only after the file is. A snapshot
 * file without its marker is never started from.
 */
public record SnapshotMarker(SnapshotMetadata metadata, Origin origin) {
    public enum Origin {
        /** Taken here from the applied state: the log goes on around it. */
        TAKEN,
        /** Received from a leader: it replaces the whole log, which starts anew after its index (§7). */
        INSTALLED
    }

    public SnapshotMarker {
        if (metadata.getIndex() <= 0 || metadata.getTerm() < 0) {
            throw new IllegalArgumentException("snapshot marker out of range: " + metadata);
        }
    }

    public static SnapshotMarker taken(SnapshotMetadata metadata) {
        return new SnapshotMarker(metadata, Origin.TAKEN);
    }

    public static SnapshotMarker installed(SnapshotMetadata metadata) {
        return new SnapshotMarker(metadata, Origin.INSTALLED);
    }
}
