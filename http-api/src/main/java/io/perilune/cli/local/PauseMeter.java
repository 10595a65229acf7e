package io.perilune.cli.local;

import java.util.concurrent.atomic.AtomicLong;

/** The longest time without an answer, as all clients together saw it. Safe for use by several threads. */
public final class PauseMeter {
    private final AtomicLong lastNanos = new AtomicLong(System.nanoTime());
    private final AtomicLong longestNanos = new AtomicLong();
    private final AtomicLong answers = new AtomicLong();

    public void answered() {
        long now = System.nanoTime();
        long gap = now - lastNanos.getAndSet(now);
        longestNanos.accumulateAndGet(gap, Math::max);
        answers.incrementAndGet();
    }

    /** Forgets pauses so far; what is under way still counts in full. */
    public void reset() {
        longestNanos.set(0);
    }

    public long longestMillis() {
        return Math.max(longestNanos.get(), System.nanoTime() - lastNanos.get()) / 1_000_000;
    }

    public long answers() {
        return answers.get();
    }
}
