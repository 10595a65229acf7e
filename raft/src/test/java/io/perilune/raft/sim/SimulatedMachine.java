package io.perilune.raft.sim;

import io.perilune.raft.node.StateMachine;
import java.util.Random;

/**
 * The state of a simulated cluster: whatever else it is, it counts commands that are known by a name, each once however
 * often it is sent, and answers with the count. Tells the hash of its state after each index.
 */
public interface SimulatedMachine extends StateMachine {
    /** Takes the hash of a state. */
    interface Witness {
        void saw(long index, long term, long hash);
    }

    /** Makes the machine of a process that begins. */
    interface Kind {
        SimulatedMachine begin(Witness witness);

        /** The command of that name, the same each time. */
        byte[] command(String name);

        /** What the answer says; 0 if it is none. */
        long place(Object reply);

        /** Something else that happens to such a state; null where nothing does. */
        byte[] extra(Random chance);
    }

    /** Commands counted so far. */
    long size();

    /** The last index seen. */
    long applied();

    /** The answer that the command of this name got; null if there was none. */
    Long placeOf(String name);
}
