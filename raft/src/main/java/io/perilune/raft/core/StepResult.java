package io.perilune.raft.core;

import org.jspecify.annotations.Nullable;

/** What became of something handed to {@link Node}. */
public sealed interface StepResult {
    StepResult DONE = new Done();

    /** Taken in; {@link Node#ready()} tells what follows from it. */
    record Done() implements StepResult {}

    /**
     * A leader put a proposal into its log, at {@code firstIndex} and the places after it. It is committed iff an entry
     * of this {@code term} is applied at that index.
     *
     * @param refused why a conf change among the entries became an empty entry, or null
     */
    record Appended(
            long firstIndex, int count, long term, @Nullable Refusal refused) implements StepResult {}

    /** Passed on to {@code leader}. Whether it arrives is not known. */
    record Forwarded(long leader) implements StepResult {}

    /** Nothing happened, and nothing will. */
    record Dropped(Reason reason) implements StepResult {}

    static StepResult dropped(Reason reason) {
        return new Dropped(reason);
    }

    enum Reason {
        /** Nobody to pass the proposal or read on to. */
        NO_LEADER,
        /** This node asks for votes itself. */
        CAMPAIGNING,
        /** This leader was removed, and only finishes what it began. */
        NOT_A_MEMBER,
        /** Leadership is being handed over; soon another leads. */
        TRANSFERRING,
        /** More bytes than {@link Config#uncommittedBytesMax()} would wait for a commit. */
        TOO_MUCH_UNCOMMITTED,
        /** More reads wait for a confirmation than a leader holds. */
        TOO_MANY_READS,
        /** A follower, told by {@link Config#proposalForwarding()} not to pass proposals on. */
        FORWARDING_DISABLED,
        /** A response from a node that is not a member. */
        PEER_NOT_FOUND,
        /** A type of message that only this node itself may produce came from elsewhere. */
        LOCAL_MESSAGE,
        /** A message that no correct peer sends: negative numbers, or entries that do not follow each other. */
        MALFORMED
    }

    /** Why a conf change was not taken. */
    enum Refusal {
        /** An earlier one may not be applied yet. */
        ANOTHER_IS_PENDING,
        /** Joint: only leaving is possible. */
        MUST_LEAVE_JOINT_FIRST,
        /** Asked to leave, but nothing is joint. */
        NOT_JOINT,
        /** It cannot be applied, as when it removes the last voter. */
        INVALID
    }
}
