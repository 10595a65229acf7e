package io.perilune.engine;

/**
 * Something that this node has seen of its cluster.
 *
 * @param number of this node's, from 1 at its start
 * @param time of this node's clock, in milliseconds
 * @param was, now what changed, as text; empty where there was or is none
 */
public record ClusterEvent(long number, long time, Kind kind, String was, String now) {
    public enum Kind {
        /** This node's role. */
        STATE,
        /** The member that leads, 0 for none known. */
        LEADER,
        TERM,
        MEMBER_ADDED,
        MEMBER_REMOVED,
        /** The index of this node's latest snapshot. */
        SNAPSHOT,
        /** What the last comparison of the replicas found ({@link Trust.Finding}), and of which nodes. */
        DIVERGENCE
    }
}
