package io.perilune.engine.replication;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What the engine needs of consensus, and all that it knows of it: agree on a sequence of commands, tell what became
 * of each, and say when a read is safe. Whoever stands behind it feeds a {@link ReplicatedState}. Safe for use by any
 * thread; no method waits.
 */
public interface Replication extends AutoCloseable {
    /**
     * Proposes a command from this node, passing it on to the leader where that is another. The future always
     * completes, at the latest when {@code timeoutMillis} have passed.
     *
     * @param command taken over; the array goes to log and wire as it is
     */
    CompletableFuture<Proposal> propose(byte[] command, long timeoutMillis);

    /**
     * Completes once this node's state may be read at {@code consistency}: it then holds at least everything that was
     * acknowledged anywhere when the call was made ({@link Consistency#LINEARIZABLE} and, trusting clocks, {@link
     * Consistency#LEASE}). {@link Consistency#LOCAL} completes at once.
     */
    CompletableFuture<Barrier> readBarrier(Consistency consistency, long timeoutMillis);

    /** As of now; cheap. */
    ClusterStatus status();

    /** As of now; cheap. */
    default Measures measures() {
        return Measures.NONE;
    }

    /**
     * Counts since this node started, and a few depths of now.
     *
     * @param proposalsOpen whose fate is open now
     * @param inboxDepth events waiting for the thread that runs the protocol
     * @param inboxRefused that found no room there
     * @param leaderChanges times that this node saw another leader
     * @param forces writes to the log that were forced to disk
     * @param forceNanos time they took together
     * @param forceCounts how many took up to each of {@code forceBounds}, and in the last place, longer
     * @param forceBounds in nanoseconds, ascending
     * @param snapshotsInstalled received from another node and restored
     * @param snapshotsSent that reached another node
     * @param snapshotsFailed that did not, or could not be written
     * @param messagesDropped not sent, or lost with a link that broke
     */
    record Measures(
            long proposalsOpen,
            long inboxDepth,
            long inboxRefused,
            long leaderChanges,
            long entriesStored,
            long forces,
            long forceNanos,
            List<Long> forceCounts,
            List<Long> forceBounds,
            long snapshotsTaken,
            long snapshotsInstalled,
            long snapshotsSent,
            long snapshotsFailed,
            long messagesSent,
            long messagesReceived,
            long messagesDropped) {
        public static final Measures NONE =
                new Measures(0, 0, 0, 0, 0, 0, 0, List.of(0L), List.of(), 0, 0, 0, 0, 0, 0, 0);
    }

    /** Asks that leadership go to {@code member}. */
    CompletableFuture<Boolean> transferLeadership(long member, long timeoutMillis);

    /** Adds a member; it has a vote once it has caught up. */
    CompletableFuture<MemberChange> addMember(Newcomer newcomer, long timeoutMillis);

    /** Removes a member for good: its id is not used again. */
    CompletableFuture<MemberChange> removeMember(long id, long timeoutMillis);

    /** Writes this node's state to disk as a snapshot, while commands go on; completes once it is durable. */
    CompletableFuture<SnapshotTaking> takeSnapshot();

    /** Drains, hands leadership over where possible, stops. */
    @Override
    void close();

    enum Consistency {
        LINEARIZABLE,
        LEASE,
        LOCAL
    }

    /** What became of a proposal. */
    sealed interface Proposal {
        /** In the log for good and applied on this node; {@code reply} is what {@link ReplicatedState#apply} gave. */
        record Applied(long index, long term, Object reply) implements Proposal {}

        /** Certainly not in the log, now or ever: safe to send again. */
        record NotProposed(Reason reason, String detail) implements Proposal {}

        /** It may or may not happen. */
        record Unknown(String detail) implements Proposal {}
    }

    sealed interface Barrier {
        /** State up to {@code index} is applied here and fresh enough. */
        record Passed(long index) implements Barrier {}

        record Refused(Reason reason, String detail) implements Barrier {}
    }

    /** What became of a change of members. */
    sealed interface MemberChange {
        /** Agreed on, and in effect at {@code index}. */
        record Done(long index) implements MemberChange {}

        /** Not done, and asking again will not help before something else has changed. */
        record Refused(Mistake mistake, String detail) implements MemberChange {}

        /** Certainly not done; may be asked again. */
        record Unavailable(Reason reason, String detail) implements MemberChange {}

        /** It may or may not happen. */
        record Unknown(String detail) implements MemberChange {}
    }

    sealed interface SnapshotTaking {
        /** On disk, and holding everything up to {@code index}. */
        record Taken(long index) implements SnapshotTaking {}

        /** Not done, as when one is being written already; may be asked again. */
        record NotTaken(String detail) implements SnapshotTaking {}
    }

    /** Why members stay as they are. */
    enum Mistake {
        /** Another change is under way. */
        IN_PROGRESS,
        NO_SUCH_MEMBER,
        /** The cluster would be worse off, or the id or address is in use or was. */
        UNSOUND
    }

    enum Reason {
        NO_LEADER,
        OVERLOADED,
        SHUTTING_DOWN,
        TOO_LARGE
    }

    /**
     * @param self this node's id
     * @param leader id, or 0 for none known
     * @param role {@code leader}, {@code follower}, {@code candidate}, {@code pre-candidate} or {@code learner}
     * @param ready whether this node serves: it knows a leader and has applied what was committed at its start
     */
    record ClusterStatus(
            String clusterId,
            long self,
            long leader,
            long term,
            String role,
            long commit,
            long applied,
            long lastIndex,
            long snapshotIndex,
            boolean ready,
            List<Member> members) {}

    /**
     * @param raft {@code host:port} at which the others reach it
     * @param http address of its HTTP API; empty if not known
     * @param replaces the member that leaves in the step in which this one gets its vote; 0 for none
     */
    record Newcomer(long id, String raft, String http, long replaces) {}

    /**
     * @param http address of its HTTP API, or null where this node has not heard it
     * @param match highest index known to be on its disk, or null where this node does not lead
     * @param active whether the leader heard from it lately, or null where this node does not lead
     * @param replaces the member whose place it takes once it has caught up, or null
     */
    record Member(
            long id,
            String raft,
            @Nullable String http,
            boolean voter,
            @Nullable Long match,
            @Nullable Boolean active,
            @Nullable Long replaces) {}
}
