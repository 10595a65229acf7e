package io.perilune.raft.node;

import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** Workers that are threads, under the machine's clock. */
final class ThreadWorkers implements Workers {
    /** A state machine may nest calls deeply. Reserved, and used only where one does. */
    private static final long STACK_BYTES = 64L << 20;

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public long currentTimeMillis() {
        return System.currentTimeMillis();
    }

    @Override
    public long randomSeed() {
        return new SecureRandom().nextLong();
    }

    @Override
    public Worker start(String name, Step step, Consumer<Throwable> onFailure) {
        ThreadWorker worker = new ThreadWorker(name, step, onFailure);
        worker.thread.start();
        return worker;
    }

    @Override
    public void once(String name, Runnable action) {
        Thread thread = new Thread(action, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static final class ThreadWorker implements Worker, Runnable {
        private final Step step;
        private final Consumer<Throwable> onFailure;
        private final Thread thread;
        private final AtomicBoolean woken = new AtomicBoolean(true);
        private volatile boolean stopped;

        ThreadWorker(String name, Step step, Consumer<Throwable> onFailure) {
            this.step = step;
            this.onFailure = onFailure;
            this.thread = new Thread(null, this, name, STACK_BYTES);
            this.thread.setDaemon(true);
        }

        @Override
        public void run() {
            try {
                while (!stopped) {
                    woken.set(false);
                    long due = step.run();
                    sleepUntil(due);
                }
            } catch (Throwable e) {
                onFailure.accept(e);
            }
        }

        private void sleepUntil(long due) {
            // Parking may return for no reason; that only costs an empty step.
            if (woken.get() || stopped) {
                return;
            }
            if (due == Step.WHEN_WOKEN) {
                LockSupport.park(this);
                return;
            }
            long left = due - System.nanoTime();
            if (left > 0) {
                LockSupport.parkNanos(this, left);
            }
        }

        @Override
        public void wake() {
            if (!woken.get() && !woken.getAndSet(true)) {
                LockSupport.unpark(thread);
            }
        }

        @Override
        public void stop() {
            stopped = true;
            LockSupport.unpark(thread);
        }

        @Override
        public void awaitEnd(long millis) {
            if (Thread.currentThread() == thread) {
                return;
            }
            try {
                thread.join(millis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
