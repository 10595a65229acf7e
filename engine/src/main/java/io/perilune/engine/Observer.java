package io.perilune.engine;

/** Is told how long things take. Called by threads that must not be held up, some of them for every command. */
public interface Observer {
    Observer NONE = (stage, nanos) -> {};

    /** What a command goes through on the node that takes it, in this order. */
    enum Stage {
        /** Waiting for its turn on the way into the log. */
        ADMISSION,
        /** From being proposed to being applied here: sent to the leader, forced to a majority's disks, and applied. */
        AGREEMENT,
        /** Of that, the script's own time, on this node. */
        APPLY
    }

    void took(Stage stage, long nanos);
}
