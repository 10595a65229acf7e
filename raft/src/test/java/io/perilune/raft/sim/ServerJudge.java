package io.perilune.raft.sim;

import io.perilune.raft.node.ServerStatus;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;
import java.util.HashMap;
import java.util.Map;

/**
 * Sees what whole servers say to each other and of themselves, and what they apply, and compares it with all it has seen
 * before: the properties of figure 3.2 of the thesis, one vote in a term, and numbers that only grow.
 */
final class ServerJudge {
    private final Map<Long, Long> leaderOfTerm = new HashMap<>();
    private final Map<Ballot, Long> votes = new HashMap<>();
    private final Map<Place, Content> entries = new HashMap<>();
    private final Map<Long, Applied> applied = new HashMap<>();
    private final Map<Long, ServerStatus> latest = new HashMap<>();
    private final Map<Long, Long> termsTold = new HashMap<>();

    private record Ballot(long voter, long term) {}

    private record Place(long index, long term) {}

    private record Content(long previousTerm, int type, int data) {}

    /** @param witness term in which some node had applied it: leaders of later ones must have it */
    private record Applied(long entryTerm, long witness, long hash) {}

    /** A message is being sent. */
    void sent(Message message) {
        long from = message.getFrom();
        switch (message.getType()) {
            case MSG_VOTE_RESP -> {
                if (!message.getReject()) {
                    voted(from, message.getTerm(), message.getTo());
                }
            }
            case MSG_APP -> {
                leads(from, message.getTerm());
                long previous = message.getLogTerm();
                for (Entry entry : message.getEntriesList()) {
                    carries(from, message.getTerm(), previous, entry);
                    previous = entry.getTerm();
                }
            }
            case MSG_SNAP, MSG_HEARTBEAT -> leads(from, message.getTerm());
            default -> {}
        }
        if (isPromise(message)) {
            termsTold.merge(from, message.getTerm(), Math::max);
        }
    }

    /** Others count on these. A request for votes is none: its sender counts its own vote only once it is on disk. */
    private static boolean isPromise(Message message) {
        return !message.getReject()
                && (message.getType() == MessageType.MSG_VOTE_RESP || message.getType() == MessageType.MSG_APP_RESP);
    }

    private void voted(long voter, long term, long candidate) {
        Long other = votes.putIfAbsent(new Ballot(voter, term), candidate);
        if (other != null && other != candidate) {
            throw new Violation("node " + voter + " votes for " + other + " and " + candidate + " in term " + term);
        }
    }

    private void leads(long id, long term) {
        Long other = leaderOfTerm.putIfAbsent(term, id);
        if (other != null && other != id) {
            throw new Violation("nodes " + other + " and " + id + " both lead term " + term);
        }
    }

    /** Log matching, and leader completeness, as far as it shows in what a leader sends. */
    private void carries(long leader, long term, long previousTerm, Entry entry) {
        Content content =
                new Content(previousTerm, entry.getTypeValue(), entry.getData().hashCode());
        Content other = entries.putIfAbsent(new Place(entry.getIndex(), entry.getTerm()), content);
        if (other != null && !other.equals(content)) {
            throw new Violation("leader " + leader + " has " + content + " at " + entry.getTerm() + "/"
                    + entry.getIndex() + ", another has " + other);
        }
        Applied known = applied.get(entry.getIndex());
        if (known != null && known.witness() < term && known.entryTerm() != entry.getTerm()) {
            throw new Violation("leader " + leader + " of term " + term + " has an entry of term " + entry.getTerm()
                    + " at " + entry.getIndex() + ", where one of term " + known.entryTerm() + " was applied in term "
                    + known.witness());
        }
    }

    /** State machine safety: {@code hash} is of all that was applied up to {@code index}. */
    void applied(long id, long index, long entryTerm, long hash, long nodeTerm) {
        Applied now = new Applied(entryTerm, Math.max(nodeTerm, entryTerm), hash);
        Applied other = applied.putIfAbsent(index, now);
        if (other != null && other.hash() != hash) {
            throw new Violation("the state of node " + id + " at index " + index + " differs from another's");
        }
    }

    /** What a node says of itself. */
    void status(ServerStatus status) {
        long id = status.nodeId();
        if (status.role() == ServerStatus.Role.LEADER) {
            leads(id, status.term());
        }
        ServerStatus before = latest.put(id, status);
        if (before != null) {
            grows(id, "term", before.term(), status.term());
            grows(id, "commit index", before.commit(), status.commit());
            grows(id, "applied index", before.applied(), status.applied());
        }
        if (status.applied() > status.commit()) {
            throw new Violation("node " + id + " applied " + status.applied() + ", committed is " + status.commit());
        }
    }

    private static void grows(long id, String what, long before, long now) {
        if (now < before) {
            throw new Violation(what + " of node " + id + " fell from " + before + " to " + now);
        }
    }

    /** The process has begun anew: the term in which it promised something must still be known. */
    void restarted(long id, long term) {
        latest.remove(id);
        grows(id, "term over a restart", termsTold.getOrDefault(id, 0L), term);
    }
}
