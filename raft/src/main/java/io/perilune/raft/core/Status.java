package io.perilune.raft.core;

import io.perilune.raft.tracker.Members;
import io.perilune.raft.tracker.Progress;
import java.util.SortedMap;

/**
 * A copy of where a node stands.
 *
 * @param leader id, or 0 for none known
 * @param applied highest index that the core was told is applied
 * @param transferee whom leadership is being handed to, or 0
 * @param progress of every member in ascending order, this node included; empty unless it leads
 */
public record Status(
        long id,
        long term,
        long vote,
        long commit,
        long leader,
        Role role,
        long applied,
        long lastIndex,
        long transferee,
        Members members,
        SortedMap<Long, Progress.View> progress) {}
