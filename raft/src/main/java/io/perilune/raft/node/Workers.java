package io.perilune.raft.node;

import java.util.function.Consumer;

/**
 * The threads and the clock of a server, as the one thing a simulation has to replace to run the server's own logic
 * deterministically: each worker is a step that is run again whenever it was woken or its time has come.
 */
public interface Workers {
    /** A clock that only goes forward; its origin means nothing. */
    long nanoTime();

    /** Wall clock, milliseconds since the epoch. */
    long currentTimeMillis();

    /** Seeds what is random in a server: election timeouts, the tag of its incarnation, the mark of its directory. */
    long randomSeed();

    /**
     * Starts a worker.
     *
     * @param onFailure takes what a step threw; the worker has then ended
     */
    Worker start(String name, Step step, Consumer<Throwable> onFailure);

    /** Runs {@code action} once, soon, beside all workers; it may wait for them to end. Safe for use by any worker. */
    void once(String name, Runnable action);

    /** What a worker does. Never run by two threads at once. */
    @FunctionalInterface
    interface Step {
        /** A step that only wants to run when woken. */
        long WHEN_WOKEN = Long.MAX_VALUE;

        /**
         * Does what there is to do.
         *
         * @return {@link Workers#nanoTime} at which to run again at the latest, or {@link #WHEN_WOKEN}
         */
        long run() throws Exception;
    }

    /** A started worker. Safe for use by any thread. */
    interface Worker {
        /** The step will run, once, after this call. Cheap when it was going to anyway. */
        void wake();

        /** The step will not run again. */
        void stop();

        /** Waits until a stopped worker has ended. Not to be called by the worker itself. */
        void awaitEnd(long millis);
    }
}
