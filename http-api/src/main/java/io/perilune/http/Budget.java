package io.perilune.http;

import java.util.concurrent.atomic.AtomicLong;

/** A number of bytes that many requests share. Safe for use by any thread. */
final class Budget {
    private final long most;
    private final AtomicLong taken = new AtomicLong();

    Budget(long most) {
        this.most = most;
    }

    long taken() {
        return taken.get();
    }

    Share share() {
        return new Share();
    }

    /** What one request has taken; given back as a whole. */
    final class Share {
        private final AtomicLong mine = new AtomicLong();

        boolean take(long bytes) {
            if (taken.addAndGet(bytes) > most) {
                taken.addAndGet(-bytes);
                return false;
            }
            mine.addAndGet(bytes);
            return true;
        }

        void giveBack() {
            taken.addAndGet(-mine.getAndSet(0));
        }
    }
}
