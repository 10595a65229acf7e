package io.perilune.raft.node;

import io.perilune.raft.transport.PeerTls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How one replica runs.
 *
 * @param clusterId name of the cluster; peers and data directories of another are refused
 * @param nodeId this node, 1 or greater, never reused within a cluster
 * @param directory where log and snapshots live; this process alone uses it
 * @param raftAddress {@code host:port} to listen on for peers; port 0 takes a free one
 * @param httpAddress {@code host:port} of this node's HTTP API, told to peers; empty for none
 * @param initialMembers ids and raft addresses the cluster starts with, the same on each of them; ignored as soon as
 *     there is a log on disk
 * @param tls how peers prove who they are; null where nobody has to
 */
public record RaftOptions(
        String clusterId,
        long nodeId,
        Path directory,
        String raftAddress,
        String httpAddress,
        SortedMap<Long, String> initialMembers,
        Timing timing,
        Limits limits,
        SnapshotPolicy snapshots,
        @Nullable PeerTls tls) {

    public RaftOptions {
        require(!clusterId.isBlank(), "the cluster id is empty");
        require(nodeId > 0, "the node id must be 1 or greater");
        initialMembers = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(initialMembers));
    }

    /** The usual options; change what differs with the {@code with} methods. */
    public static RaftOptions of(
            String clusterId, long nodeId, Path directory, String raftAddress, Map<Long, String> initialMembers) {
        return new RaftOptions(
                clusterId,
                nodeId,
                directory,
                raftAddress,
                "",
                new TreeMap<>(initialMembers),
                Timing.DEFAULT,
                Limits.DEFAULT,
                SnapshotPolicy.DEFAULT,
                null);
    }

    public RaftOptions withHttpAddress(String address) {
        return new RaftOptions(
                clusterId, nodeId, directory, raftAddress, address, initialMembers, timing, limits, snapshots, tls);
    }

    public RaftOptions withTiming(Timing changed) {
        return new RaftOptions(
                clusterId,
                nodeId,
                directory,
                raftAddress,
                httpAddress,
                initialMembers,
                changed,
                limits,
                snapshots,
                tls);
    }

    public RaftOptions withLimits(Limits changed) {
        return new RaftOptions(
                clusterId,
                nodeId,
                directory,
                raftAddress,
                httpAddress,
                initialMembers,
                timing,
                changed,
                snapshots,
                tls);
    }

    public RaftOptions withSnapshots(SnapshotPolicy changed) {
        return new RaftOptions(
                clusterId, nodeId, directory, raftAddress, httpAddress, initialMembers, timing, limits, changed, tls);
    }

    public RaftOptions withTls(@Nullable PeerTls changed) {
        return new RaftOptions(
                clusterId,
                nodeId,
                directory,
                raftAddress,
                httpAddress,
                initialMembers,
                timing,
                limits,
                snapshots,
                changed);
    }

    /**
     * The defaults detect a dead leader in 300 to 600 ms. A heartbeat may be late by four of its periods before anyone
     * asks for votes, which two busy cores do not reach; pre-votes keep even those from disturbing a live leader.
     *
     * @param tick the unit the core counts in
     * @param heartbeatTicks ticks between a leader's heartbeats
     * @param electionTicks ticks without a leader before a follower asks for votes; each election adds a random part
     *     of as many again
     * @param leaderWait how long a proposal or read waits for a leader to appear before it is refused
     */
    public record Timing(Duration tick, int heartbeatTicks, int electionTicks, Duration leaderWait) {
        public static final Timing DEFAULT = new Timing(Duration.ofMillis(20), 3, 15, Duration.ofSeconds(2));

        public Timing {
            require(tick.toMillis() > 0, "the tick must be at least 1 ms");
            require(heartbeatTicks > 0, "a heartbeat takes at least one tick");
            require(electionTicks > heartbeatTicks, "the election timeout must be longer than a heartbeat");
        }

        public Duration electionTimeout() {
            return tick.multipliedBy(electionTicks);
        }
    }

    /**
     * Every bound of the running server.
     *
     * @param commandBytesMax largest command
     * @param inboxCount events waiting for the event loop
     * @param inboxBytes bytes of messages among them
     * @param waitingCount proposals whose fate is open on this node
     * @param waitingBytes bytes of them
     * @param messageBytes entries in one append message
     * @param inflightCount append messages under way to one peer
     * @param inflightBytes bytes of them
     * @param uncommittedBytes entries a leader holds uncommitted
     * @param committedBytes committed entries handed to the state machine at a time
     */
    public record Limits(
            int commandBytesMax,
            int inboxCount,
            long inboxBytes,
            int waitingCount,
            long waitingBytes,
            long messageBytes,
            int inflightCount,
            long inflightBytes,
            long uncommittedBytes,
            long committedBytes) {
        private static final int MIB = 1 << 20;
        public static final Limits DEFAULT = new Limits(
                16 * MIB, 64 * 1024, 256L * MIB, 64 * 1024, 256L * MIB, MIB, 512, 64L * MIB, 256L * MIB, 8L * MIB);

        public Limits {
            require(commandBytesMax > 0, "commandBytesMax must be positive");
            require(commandBytesMax <= 48 * MIB, "a command has to fit a frame: at most 48 MiB");
            require(inboxCount > 0 && waitingCount > 0, "queues hold at least one");
        }
    }

    /**
     * When to take a snapshot, and what to keep.
     *
     * @param everyBytes log bytes applied since the last snapshot that call for one
     * @param everyEntries entries likewise
     * @param tailEntries entries kept before a snapshot, so that a slow follower need not take a snapshot
     */
    public record SnapshotPolicy(long everyBytes, long everyEntries, long tailEntries) {
        public static final SnapshotPolicy DEFAULT = new SnapshotPolicy(256L << 20, 500_000, 50_000);

        public SnapshotPolicy {
            require(everyBytes > 0 && everyEntries > 0, "snapshot thresholds must be positive");
            require(tailEntries >= 0, "tailEntries is negative");
        }
    }

    private static void require(boolean condition, String complaint) {
        if (!condition) {
            throw new IllegalArgumentException(complaint);
        }
    }
}
