package io.perilune.raft.node;

import java.util.List;

/**
 * Counts since the server started, and a few states of now.
 *
 * @param proposalsApplied proposals of this node that were applied
 * @param proposalsRefused that certainly did not happen
 * @param proposalsUnknown whose fate stayed open
 * @param proposalsOpen whose fate is open now
 * @param inboxDepth events waiting for the event loop now
 * @param inboxRefused messages and calls that found the inbox full
 * @param entriesApplied entries handed to the state machine
 * @param entriesStored entries written to the log
 * @param forces writes to the log that were forced to disk
 * @param forceNanos time they took together
 * @param forceCounts how many forces took up to each of {@link #FORCE_NANOS_BOUNDS}, and in the last place, longer
 * @param leaderChanges times that this node saw another leader
 * @param ticksSkipped ticks that were not made up for after the event loop had been held up
 * @param snapshotsTaken written here
 * @param snapshotsInstalled received and restored
 * @param snapshotsSent that reached a peer
 * @param snapshotsFailed that did not, or could not be written
 * @param messagesSent handed to links
 * @param messagesReceived taken from links
 * @param messagesDropped not sent, or lost in the queue of a link that broke
 */
public record RaftMetrics(
        long proposalsApplied,
        long proposalsRefused,
        long proposalsUnknown,
        long proposalsOpen,
        long inboxDepth,
        long inboxRefused,
        long entriesApplied,
        long entriesStored,
        long forces,
        long forceNanos,
        List<Long> forceCounts,
        long leaderChanges,
        long ticksSkipped,
        long snapshotsTaken,
        long snapshotsInstalled,
        long snapshotsSent,
        long snapshotsFailed,
        long messagesSent,
        long messagesReceived,
        long messagesDropped) {
    /** Upper ends of the buckets of {@link #forceCounts}: 0.1 ms to 1 s. */
    public static final List<Long> FORCE_NANOS_BOUNDS = List.of(
            100_000L,
            250_000L,
            500_000L,
            1_000_000L,
            2_500_000L,
            5_000_000L,
            10_000_000L,
            50_000_000L,
            250_000_000L,
            1_000_000_000L);
}
