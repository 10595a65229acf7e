package io.perilune.engine;

import java.util.concurrent.TimeUnit;

/** When a request has taken long enough. The one use of a clock on a request's way; it decides no outcome of a script. */
record Deadline(long nanos) {
    static Deadline in(long millis) {
        return new Deadline(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
    }

    boolean isOver() {
        return System.nanoTime() - nanos >= 0;
    }

    /** At least 1. */
    long millisLeft() {
        return Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos - System.nanoTime()));
    }
}
