package io.perilune.raft.linearizability;

import java.util.Optional;

/** What one object does, one operation after another. States are values: equal ones are the same state. */
public interface Model<S, I, O> {
    S initial();

    /** The state after {@code input}, or nothing if it could not have been answered with {@code output}. */
    Optional<S> step(S state, I input, O output);

    /** The state after {@code input} whose answer nobody saw. */
    S blind(S state, I input);
}
