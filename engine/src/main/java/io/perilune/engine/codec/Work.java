package io.perilune.engine.codec;

import io.perilune.engine.Request;
import io.perilune.scripting.Bytes;

/** What an entry asks for: a user's request, or what a machine wants once it is time. */
public sealed interface Work {
    /** The machine that it is addressed to; empty for none. */
    String machine();

    record Submitted(Request request) implements Work {
        @Override
        public String machine() {
            return request.machine();
        }
    }

    /** Runs the timer of that id, if it is still the one that was due then. */
    record FireTimer(String machine, String id, long due) implements Work {}

    /** About the replicas, not about a machine; changes nothing. */
    sealed interface Oversight extends Work {
        @Override
        default String machine() {
            return "";
        }
    }

    /** Every replica is to tell the digest of its state right here. */
    record Check() implements Oversight {}

    /**
     * What one replica says its state was.
     *
     * @param index of the check
     * @param format of the snapshots that the digest is of
     */
    record Claim(long index, long node, int format, Bytes digest) implements Oversight {}

    /** Removes keys that have expired. */
    record Sweep(String machine) implements Work {}
}
