package io.perilune.raft.node;

import io.perilune.raft.core.Status;
import io.perilune.raft.tracker.Progress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** When peers were last heard. Belongs to the event loop. */
final class Hearing {
    private final long self;
    private final long electionNanos;
    private final Map<Long, Long> heardNanos = new HashMap<>();

    Hearing(long self, long electionNanos) {
        this.self = self;
        this.electionNanos = electionNanos;
    }

    void heard(long peer, long now) {
        heardNanos.put(peer, now);
    }

    /** Members heard within an election timeout, which is some heartbeats; this node among them. */
    Set<Long> reachable(Status status, long now) {
        Set<Long> reachable = new HashSet<>();
        for (long id : status.progress().keySet()) {
            Long heard = heardNanos.get(id);
            if (id == self || (heard != null && now - heard < electionNanos)) {
                reachable.add(id);
            }
        }
        return reachable;
    }

    /** The voter that is best prepared to lead in this node's place, or 0. */
    long heir(Status status, long now) {
        long best = 0;
        long bestMatch = -1;
        Set<Long> reachable = reachable(status, now);
        for (Map.Entry<Long, Progress.View> each : status.progress().entrySet()) {
            Progress.View progress = each.getValue();
            boolean eligible = each.getKey() != self && !progress.learner() && reachable.contains(each.getKey());
            if (eligible && progress.match() > bestMatch) {
                best = each.getKey();
                bestMatch = progress.match();
            }
        }
        return best;
    }
}
