package io.perilune.raft.core;

import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.Message;
import java.util.List;

/** What a node does in its present role. Holds only what is meaningless in any other; the rest is in {@link Raft}. */
abstract sealed class ActingRole permits Follower, Candidate, Leader {
    abstract Role role();

    abstract void tick();

    /** A proposal made here or passed on by {@code from}. */
    abstract StepResult propose(List<Entry> entries, long from);

    /** A read asked here (then {@code from} is this node) or passed on by a follower. */
    abstract StepResult readIndex(Message request);

    /** A message of the current term that is not treated alike in all roles. */
    abstract StepResult step(Message message);
}
