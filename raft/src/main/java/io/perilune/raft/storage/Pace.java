package io.perilune.raft.storage;

import java.io.IOException;

/** Holds back whoever moves many bytes, so that there is room for others on disk, wire and processor. One thread. */
public final class Pace {
    private final long bytesPerSecond;
    private final long startNanos = System.nanoTime();
    private long spent;

    public Pace(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    /** Counts {@code bytes}, and sleeps as long as they came too early. */
    public void spend(int bytes) throws IOException {
        spent += bytes;
        long dueNanos = (long) (1e9 * spent / bytesPerSecond);
        long aheadMillis = (dueNanos - (System.nanoTime() - startNanos)) / 1_000_000;
        if (aheadMillis <= 0) {
            return;
        }
        try {
            Thread.sleep(aheadMillis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("stopped", e);
        }
    }
}
