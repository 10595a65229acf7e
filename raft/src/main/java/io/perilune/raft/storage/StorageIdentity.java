package io.perilune.raft.storage;

/**
 * Whose data this is. It stands in the data directory, in every log segment and in every snapshot, so that files of
 * another cluster or node are refused and not obeyed.
 */
public record StorageIdentity(long clusterId, long nodeId) {
    public StorageIdentity {
        if (nodeId == 0) {
            throw new IllegalArgumentException("node id 0 stands for nobody");
        }
    }

    @Override
    public String toString() {
        return "cluster " + Long.toUnsignedString(clusterId, 16) + " node " + Long.toUnsignedString(nodeId);
    }
}
