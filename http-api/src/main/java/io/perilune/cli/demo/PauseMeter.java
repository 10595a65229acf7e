package io.perilune.cli.demo;

import java.util.concurrent.atomic.AtomicLong;

/** The longest time without an answer, as all clients together saw it. Safe for use by several threads. */
final class PauseMeter {
    private final AtomicLong lastNanos = new AtomicLong(System.nanoTime());
    private final AtomicLong longestNanos = new AtomicLong();
    private final AtomicLong answers = new AtomicLong();

    void answered() {
        long now = System.nanoTime();
        long gap = now - lastNanos.getAndSet(now);
        longestNanos.accumulateAndGet(gap, Math::max);
        answers.incrementAndGet();
    }

    /** Forgets pauses so far; what is under way still counts in full. */
    void reset() {
        longestNanos.set(0);
    }

    long longestMillis() {
        return Math.max(longestNanos.get(), System.nanoTime() - lastNanos.get()) / 1_000_000;
    }

    long answers() {
        return answers.get();
    }
}
