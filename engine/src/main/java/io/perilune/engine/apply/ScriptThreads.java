package io.perilune.engine.apply;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes threads whose stacks hold the deepest call that limits allow, so that no script can be the first to find the
 * end of a stack, which would be elsewhere on every replica.
 */
public final class ScriptThreads implements ThreadFactory {
    /** Reserved, not used, until a script goes that deep. */
    public static final long STACK_BYTES = 64L << 20;

    private final String name;
    private final AtomicInteger made = new AtomicInteger();

    public ScriptThreads(String name) {
        this.name = name;
    }

    @Override
    public Thread newThread(Runnable work) {
        var thread = new Thread(null, work, name + "-" + made.incrementAndGet(), STACK_BYTES);
        thread.setDaemon(true);
        return thread;
    }
}
