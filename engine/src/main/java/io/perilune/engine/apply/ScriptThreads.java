package io.perilune.engine.apply;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes threads whose stacks hold the deepest call that limits allow, so that no script can be the first to find the
 * end of a stack, which would be elsewhere on every replica.
 */
public final class ScriptThreads implements ThreadFactory {
    /** Reserved, not used, until a script goes that deep. */
    public static final long STACK_BYTES = 256L << 20;

    private final String name;
    private final AtomicInteger made = new AtomicInteger();

    public ScriptThreads(String name) {
        this.name = name;
    }

    @Override
    public Thread newThread(Runnable work) {
        return new DeepThread(work, name + "-" + made.incrementAndGet());
    }

    /** Whether the current thread may run scripts. */
    static boolean here() {
        return Thread.currentThread() instanceof DeepThread;
    }

    private static final class DeepThread extends Thread {
        DeepThread(Runnable work, String name) {
            super(null, work, name, STACK_BYTES);
            setDaemon(true);
        }
    }
}
