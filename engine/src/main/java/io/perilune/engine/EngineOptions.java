package io.perilune.engine;

/**
 * Bounds of one engine.
 *
 * @param queryThreads that run queries, off the apply thread
 * @param queryQueue queries waiting for them; one more is {@link Reply.Why#OVERLOADED}
 */
public record EngineOptions(int queryThreads, int queryQueue) {
    public static final EngineOptions DEFAULT =
            new EngineOptions(Math.max(2, Runtime.getRuntime().availableProcessors()), 4_096);
}
