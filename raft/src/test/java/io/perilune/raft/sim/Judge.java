package io.perilune.raft.sim;

import io.perilune.raft.core.LogStorage;
import io.perilune.raft.core.Node;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.HardState;
import java.util.HashMap;
import java.util.Map;

/**
 * Knows everything that ever happened on any replica, and compares. The properties are those of figure 3.2 of the thesis,
 * and that a read is not older than what was committed when it was asked for.
 */
final class Judge {
    private final Map<Long, Long> leaderOfTerm = new HashMap<>();
    private final Map<Place, Content> entries = new HashMap<>();
    private final Map<Long, Entry> applied = new HashMap<>();
    private final Map<Long, Long> hashes = new HashMap<>();
    private final Map<Place, Long> votes = new HashMap<>();
    private final Map<Long, Long> termOnDisk = new HashMap<>();
    private long appliedMax;
    private long committedMax;

    private record Place(long index, long term) {}

    private record Content(long previousTerm, Entry entry) {}

    /** Election safety, and leader completeness: who leads holds everything that was applied anywhere. */
    void elected(long id, long term, Node node) {
        Long other = leaderOfTerm.putIfAbsent(term, id);
        if (other != null && other != id) {
            throw new Violation("nodes " + other + " and " + id + " both lead term " + term);
        }
        for (Map.Entry<Long, Entry> each : applied.entrySet()) {
            long own = node.termAt(each.getKey());
            if (own != LogStorage.COMPACTED && own != each.getValue().getTerm()) {
                throw new Violation("leader " + id + " of term " + term + " lacks committed entry "
                        + each.getValue().getTerm() + "/" + each.getKey() + ", has " + own);
            }
        }
    }

    /** Log matching: index and term determine an entry and, by induction over the one before, the log up to it. */
    void stored(long id, long previousTerm, Entry entry) {
        Content content = new Content(previousTerm, entry);
        Content other = entries.putIfAbsent(new Place(entry.getIndex(), entry.getTerm()), content);
        if (other != null && !other.equals(content)) {
            throw new Violation("node " + id + " stored " + content + " where another holds " + other);
        }
    }

    void stored(long id, HardState state) {
        long before = termOnDisk.getOrDefault(id, 0L);
        if (state.getTerm() < before) {
            throw new Violation("term of node " + id + " on disk fell from " + before + " to " + state.getTerm());
        }
        termOnDisk.put(id, state.getTerm());
        if (state.getVote() != 0) {
            Long vote = votes.putIfAbsent(new Place(id, state.getTerm()), state.getVote());
            if (vote != null && vote != state.getVote()) {
                throw new Violation("node " + id + " voted for " + vote + " and " + state.getVote() + " in term "
                        + state.getTerm());
            }
        }
    }

    void committed(long index) {
        committedMax = Math.max(committedMax, index);
    }

    /** State machine safety. */
    void applied(long id, Entry entry, long hash) {
        Entry other = applied.putIfAbsent(entry.getIndex(), entry);
        if (other != null && !other.equals(entry)) {
            throw new Violation("node " + id + " applied " + entry.getTerm() + "/" + entry.getIndex() + ", another "
                    + other.getTerm() + "/" + other.getIndex());
        }
        restored(id, entry.getIndex(), hash);
    }

    void restored(long id, long index, long hash) {
        Long other = hashes.putIfAbsent(index, hash);
        if (other != null && other != hash) {
            throw new Violation("state of node " + id + " at " + index + " differs from another's");
        }
        appliedMax = Math.max(appliedMax, index);
    }

    void read(long id, long index, long required) {
        if (index < required) {
            throw new Violation(
                    "node " + id + " may read at " + index + ", but " + required + " was committed when it asked");
        }
    }

    long committedMax() {
        return committedMax;
    }

    long appliedMax() {
        return appliedMax;
    }
}
