package io.perilune.engine.raft;

import io.perilune.engine.apply.Applier;
import io.perilune.engine.apply.Scripts;
import io.perilune.engine.apply.Transition;
import io.perilune.engine.state.World;
import io.perilune.raft.node.StoppedNode;
import java.io.IOException;
import java.nio.file.Path;

/** What a node that does not run has on its disk, as a world. */
public final class StoppedReplica implements AutoCloseable {
    private final StoppedNode node;

    private StoppedReplica(StoppedNode node) {
        this.node = node;
    }

    /** @throws IOException if there is no node's data, the node runs, or what is there cannot be read */
    public static StoppedReplica open(Path directory) throws IOException {
        return new StoppedReplica(StoppedNode.open(directory));
    }

    public long nodeId() {
        return node.nodeId();
    }

    /** The least index that {@link #at} can give. */
    public long first() {
        return node.snapshotIndex();
    }

    public long last() {
        return node.committed();
    }

    /** Runs the log from the snapshot on; to be called on a thread whose stack is large enough for scripts. */
    public World at(long index) throws IOException {
        var applier = new Applier(new Transition(new Scripts()), world -> {});
        try {
            node.applyTo(new RaftReplication.Machine(applier), index);
            return applier.world();
        } finally {
            applier.close();
        }
    }

    @Override
    public void close() {
        node.close();
    }
}
