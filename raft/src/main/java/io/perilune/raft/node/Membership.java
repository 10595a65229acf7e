package io.perilune.raft.node;

import io.perilune.raft.proto.ConfState;

/** Who belongs to the cluster, and where they are, as of one index. */
record Membership(ConfState state, Roster roster) {
    static final Membership NONE = new Membership(ConfState.getDefaultInstance(), Roster.EMPTY);
}
