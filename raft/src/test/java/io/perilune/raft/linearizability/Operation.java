package io.perilune.raft.linearizability;

/**
 * One operation of one client, as the client saw it.
 *
 * @param called when it was sent; any clock that all clients share
 * @param returned when its answer came; {@link #NEVER} where none did, so that it may have happened at any later time or
 *     not at all
 * @param output what was answered; not looked at where there was no answer
 */
public record Operation<I, O>(int client, long called, long returned, I input, O output) {
    public static final long NEVER = Long.MAX_VALUE;

    public Operation {
        if (returned < called) {
            throw new IllegalArgumentException("returned at " + returned + ", before its call at " + called);
        }
    }

    public boolean answered() {
        return returned != NEVER;
    }
}
