package io.perilune.engine.raft;

import io.perilune.raft.node.RaftOptions;
import io.perilune.raft.storage.DataDirectory;
import io.perilune.raft.storage.DiskFiles;
import io.perilune.raft.transport.PeerTls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SortedMap;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * What whoever starts a node has to say about replication; everything else has a default.
 *
 * @param cluster name of the cluster; nodes and data directories of another are refused
 * @param id of this node, 1 or greater, never used again for another
 * @param directory for log and snapshots, of this process alone
 * @param raftAddress {@code host:port} to listen on for the other nodes
 * @param httpAddress {@code host:port} of this node's HTTP API, told to the others
 * @param members ids and Raft addresses that the cluster starts with, the same on each of them; what is on disk counts
 *     more. None for a node that waits for a running cluster to contact it.
 * @param tls own key and trusted authorities, for mutual TLS with the other nodes, whose certificates have to name their
 *     hosts; null for plain TCP
 */
public record RaftSettings(
        String cluster,
        long id,
        Path directory,
        String raftAddress,
        String httpAddress,
        SortedMap<Long, String> members,
        @Nullable SSLContext tls) {
    /** Whether {@code directory} belongs to a node already. */
    public static boolean isBegun(Path directory) throws IOException {
        return DataDirectory.isClaimed(new DiskFiles(), directory);
    }

    /** Notes in {@code directory} that its node is to join a cluster, so that it never begins one; before it is added. */
    public static void beginJoining(Path directory) throws IOException {
        DataDirectory.beginJoining(new DiskFiles(), directory);
    }

    RaftOptions options() {
        return RaftOptions.of(cluster, id, directory, raftAddress, members)
                .withHttpAddress(httpAddress)
                .withTls(tls == null ? null : new PeerTls(tls));
    }
}
