package io.perilune.raft.node;

import io.perilune.raft.transport.TransportStatus;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** Counters of a running server, added to by all of its threads. */
final class Metering {
    private final LongAdder proposalsApplied = new LongAdder();
    private final LongAdder proposalsRefused = new LongAdder();
    private final LongAdder proposalsUnknown = new LongAdder();
    final LongAdder inboxRefused = new LongAdder();
    final LongAdder entriesApplied = new LongAdder();
    final LongAdder entriesStored = new LongAdder();
    private final LongAdder forces = new LongAdder();
    private final LongAdder forceNanos = new LongAdder();
    private final AtomicLongArray forceCounts = new AtomicLongArray(RaftMetrics.FORCE_NANOS_BOUNDS.size() + 1);
    final LongAdder leaderChanges = new LongAdder();
    final LongAdder ticksSkipped = new LongAdder();
    final LongAdder snapshotsTaken = new LongAdder();
    final LongAdder snapshotsInstalled = new LongAdder();
    final LongAdder snapshotsSent = new LongAdder();
    final LongAdder snapshotsFailed = new LongAdder();

    void ended(ProposalOutcome outcome) {
        if (outcome instanceof ProposalOutcome.Applied) {
            proposalsApplied.increment();
        } else if (outcome instanceof ProposalOutcome.NotProposed) {
            proposalsRefused.increment();
        } else {
            proposalsUnknown.increment();
        }
    }

    void forced(long nanos) {
        forces.increment();
        forceNanos.add(nanos);
        int bucket = 0;
        while (bucket < RaftMetrics.FORCE_NANOS_BOUNDS.size() && nanos > RaftMetrics.FORCE_NANOS_BOUNDS.get(bucket)) {
            bucket++;
        }
        forceCounts.incrementAndGet(bucket);
    }

    RaftMetrics read(long proposalsOpen, long inboxDepth, TransportStatus transport) {
        Long[] counts = new Long[forceCounts.length()];
        Arrays.setAll(counts, forceCounts::get);
        return new RaftMetrics(
                proposalsApplied.sum(),
                proposalsRefused.sum(),
                proposalsUnknown.sum(),
                proposalsOpen,
                inboxDepth,
                inboxRefused.sum(),
                entriesApplied.sum(),
                entriesStored.sum(),
                forces.sum(),
                forceNanos.sum(),
                Arrays.asList(counts),
                leaderChanges.sum(),
                ticksSkipped.sum(),
                snapshotsTaken.sum(),
                snapshotsInstalled.sum(),
                snapshotsSent.sum(),
                snapshotsFailed.sum(),
                transport.sent(),
                transport.received(),
                transport.dropped());
    }
}
