package io.perilune.engine.codec;

import io.perilune.engine.Request;

/** What an entry asks for: a user's request, or what a machine wants once it is time. */
public sealed interface Work {
    /** The machine that it is addressed to. */
    String machine();

    record Submitted(Request request) implements Work {
        @Override
        public String machine() {
            return request.machine();
        }
    }

    /** Runs the timer of that id, if it is still the one that was due then. */
    record FireTimer(String machine, String id, long due) implements Work {}

    /** Removes keys that have expired. */
    record Sweep(String machine) implements Work {}
}
