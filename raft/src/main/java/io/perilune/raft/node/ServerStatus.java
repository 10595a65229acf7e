package io.perilune.raft.node;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A replica at one moment.
 *
 * @param nodeId this node
 * @param leader id, or 0 for none known
 * @param commit highest index known to be committed
 * @param applied highest index the state machine has applied
 * @param lastIndex end of this node's log, on disk or on its way
 * @param snapshotIndex index of the newest snapshot, or 0
 * @param ready whether this node serves: it knows a leader and has applied what was committed when it started
 * @param failure what stopped this node, or null
 * @param members in order of id
 */
public record ServerStatus(
        String clusterId,
        long nodeId,
        long leader,
        long term,
        Role role,
        long commit,
        long applied,
        long lastIndex,
        long snapshotIndex,
        boolean ready,
        @Nullable String failure,
        List<Member> members) {

    public ServerStatus {
        members = List.copyOf(members);
    }

    /** What this node is in its current term. */
    public enum Role {
        LEADER,
        FOLLOWER,
        CANDIDATE,
        PRE_CANDIDATE,
        LEARNER;

        /** As the HTTP API spells it: {@code leader}, {@code pre-candidate}. */
        public String label() {
            return switch (this) {
                case LEADER -> "leader";
                case FOLLOWER -> "follower";
                case CANDIDATE -> "candidate";
                case PRE_CANDIDATE -> "pre-candidate";
                case LEARNER -> "learner";
            };
        }
    }

    /**
     * @param raft address peers dial
     * @param http address of its HTTP API, or null where this node has not heard it yet
     * @param match highest index known to be on its disk, or null where this node does not lead
     * @param active whether the leader heard from it lately, or null where this node does not lead
     * @param replaces the member whose place it takes once it has caught up, or null
     */
    public record Member(
            long id,
            String raft,
            @Nullable String http,
            boolean voter,
            @Nullable Long match,
            @Nullable Boolean active,
            @Nullable Long replaces) {}
}
