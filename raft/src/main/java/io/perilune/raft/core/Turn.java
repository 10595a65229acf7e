package io.perilune.raft.core;

/**
 * Asserts that one thread owns the core, and that no listener calls back into it. The first caller becomes the owner;
 * a lock would hide the mistake instead of showing it.
 */
final class Turn {
    private @org.jspecify.annotations.Nullable Thread owner;
    private boolean taken;

    void begin() {
        Thread caller = Thread.currentThread();
        if (owner == null) {
            owner = caller;
        } else if (owner != caller) {
            throw new IllegalStateException("core of " + owner.getName() + " called by " + caller.getName());
        }
        if (taken) {
            throw new IllegalStateException("core called from within itself");
        }
        taken = true;
    }

    void end() {
        taken = false;
    }
}
