package io.perilune.raft.node;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says how far a node is with applying what it found on its disk, until it has. Owned by the applier. */
final class ReplayLog {
    private static final Logger log = LoggerFactory.getLogger(ReplayLog.class);
    private static final long INTERVAL_NANOS = 2_000_000_000L;
    private static final long WORTH_SAYING = 1_000;

    private final long nodeId;
    private final long target;
    private final LongSupplier nanoTime;
    private long first;
    private long beganNanos;
    private long saidNanos;
    private boolean isDone;

    /** @param target what was committed at the start */
    ReplayLog(long nodeId, long target, LongSupplier nanoTime) {
        this.nodeId = nodeId;
        this.target = target;
        this.nanoTime = nanoTime;
    }

    /** Says how much of a snapshot has been read, as it is read. */
    InputStream watch(InputStream snapshot) {
        return new FilterInputStream(snapshot) {
            private long bytes;
            private long saidNanos = nanoTime.getAsLong();

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] into, int from, int length) throws IOException {
                int count = super.read(into, from, length);
                bytes += Math.max(count, 0);
                long now = nanoTime.getAsLong();
                if (now - saidNanos > INTERVAL_NANOS) {
                    saidNanos = now;
                    log.info("node {} has restored {} MiB of a snapshot", nodeId, bytes >> 20);
                }
                return count;
            }
        };
    }

    /** Nothing after {@code applied} has been applied yet. */
    void begin(long applied) {
        first = applied;
        isDone = target - applied < WORTH_SAYING;
        beganNanos = nanoTime.getAsLong();
        saidNanos = beganNanos;
        if (!isDone) {
            log.info("node {} applies entries {} to {} of its log", nodeId, applied + 1, target);
        }
    }

    void at(long applied) {
        if (isDone) {
            return;
        }
        long now = nanoTime.getAsLong();
        if (applied >= target) {
            isDone = true;
            double seconds = (now - beganNanos) / 1e9;
            log.info(
                    "node {} has applied its log up to entry {} in {} s, {} entries a second",
                    nodeId,
                    applied,
                    String.format(Locale.ROOT, "%.1f", seconds),
                    Math.round((applied - first) / Math.max(seconds, 1e-9)));
        } else if (now - saidNanos > INTERVAL_NANOS) {
            saidNanos = now;
            log.info(
                    "node {} has applied {} of {} entries: {} %",
                    nodeId, applied - first, target - first, 100 * (applied - first) / (target - first));
        }
    }
}
