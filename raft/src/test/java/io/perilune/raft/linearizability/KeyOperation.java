package io.perilune.raft.linearizability;

/** What a client may do to one number under a key. The number is 0 before anything was done to it. */
public sealed interface KeyOperation {
    String key();

    /** Answered with the number. */
    record Read(String key) implements KeyOperation {}

    /** Answered with the number it replaced. */
    record Write(String key, long value) implements KeyOperation {}

    /** Answered with 1 if the number was {@code expected} and now is {@code value}, else with 0. */
    record CompareAndSet(String key, long expected, long value) implements KeyOperation {}

    /** Answered with the sum. Two additions by one command show at once, which makes this the test of exactly-once. */
    record Add(String key, long amount) implements KeyOperation {}
}
