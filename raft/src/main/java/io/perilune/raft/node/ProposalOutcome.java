package io.perilune.raft.node;

/** What became of a proposal. Every proposal ends as one of these. */
public sealed interface ProposalOutcome {
    /** In the log for good and applied on this node; {@code reply} is what {@link StateMachine#apply} gave. */
    record Applied(long index, long term, Object reply) implements ProposalOutcome {}

    /** Certainly not in the log, now or ever: safe to send again. */
    record NotProposed(RefusalReason reason, String detail) implements ProposalOutcome {}

    /** It may or may not happen. */
    record Unknown(String detail) implements ProposalOutcome {}
}
