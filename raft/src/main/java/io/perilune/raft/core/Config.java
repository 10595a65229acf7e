package io.perilune.raft.core;

import java.util.random.RandomGenerator;

/**
 * How a {@link Node} behaves. The defaults are the plain algorithm without bounds; servers set {@link
 * Builder#preVote}, {@link Builder#checkQuorum}, {@link Builder#stepDownOnRemoval} and every bound.
 *
 * @param id of this node, not 0 and none of the storage threads'
 * @param electionTicks a follower that hears nothing for this long (up to twice, drawn anew each time) campaigns; more
 *     than {@code heartbeatTicks}
 * @param heartbeatTicks between a leader's heartbeats, at least 1
 * @param storage what the core reads
 * @param applied highest index the application has applied before the start; entries after it are handed out
 * @param messageEntryBytesMax encoded bytes of entries in one append, of which one entry always fits
 * @param inflightMessagesMax append messages under way to one peer
 * @param inflightBytesMax payload bytes under way to one peer
 * @param uncommittedBytesMax payload bytes a leader takes that are not yet applied; one proposal always fits
 * @param committedBytesMax encoded bytes of entries handed out for applying and not yet reported as applied
 * @param checkQuorum a leader that hears no quorum for an election timeout steps down, and nobody votes while it
 *     hears a leader (§6.2, §4.2.3)
 * @param preVote ask before campaigning (§9.6)
 * @param readMode {@link ReadMode#LEASE} needs {@code checkQuorum}
 * @param asyncStorageWrites see {@link Ready}
 * @param proposalForwarding whether a follower passes proposals on to its leader
 * @param confChangeValidation whether a leader refuses conf changes that cannot work now; without, one that cannot be
 *     applied stops every node
 * @param stepDownOnRemoval whether a leader that is removed or made a learner stops leading at once
 * @param freshSnapshots whether the storage makes a snapshot when it is asked for one, so that it names whom it is sent to;
 *     one that does not is refused then. Without, a new member takes one that was stored before it was added
 * @param random draws election timeouts; not used for anything else
 * @param listener hears transitions
 */
public record Config(
        long id,
        int electionTicks,
        int heartbeatTicks,
        LogStorage storage,
        long applied,
        long messageEntryBytesMax,
        int inflightMessagesMax,
        long inflightBytesMax,
        long uncommittedBytesMax,
        long committedBytesMax,
        boolean checkQuorum,
        boolean preVote,
        ReadMode readMode,
        boolean asyncStorageWrites,
        boolean proposalForwarding,
        boolean confChangeValidation,
        boolean stepDownOnRemoval,
        boolean freshSnapshots,
        RandomGenerator random,
        Listener listener) {

    public Config {
        require(id != 0 && id != Node.APPEND_THREAD && id != Node.APPLY_THREAD, "id is reserved", id);
        require(heartbeatTicks >= 1, "heartbeatTicks below 1", heartbeatTicks);
        require(electionTicks > heartbeatTicks, "electionTicks not above heartbeatTicks", electionTicks);
        require(electionTicks <= Integer.MAX_VALUE / 2, "electionTicks too large to double", electionTicks);
        require(applied >= 0, "applied is negative", applied);
        require(messageEntryBytesMax >= 0, "messageEntryBytesMax is negative", messageEntryBytesMax);
        require(inflightMessagesMax >= 1, "inflightMessagesMax below 1", inflightMessagesMax);
        require(inflightBytesMax >= 1, "inflightBytesMax below 1", inflightBytesMax);
        require(uncommittedBytesMax >= 1, "uncommittedBytesMax below 1", uncommittedBytesMax);
        require(committedBytesMax >= 1, "committedBytesMax below 1", committedBytesMax);
        require(readMode != ReadMode.LEASE || checkQuorum, "lease reads need checkQuorum, node", id);
    }

    /**
     * @param random owned by the node from now on
     */
    public static Builder builder(long id, LogStorage storage, RandomGenerator random) {
        return new Builder(id, storage, random);
    }

    private static void require(boolean holds, String what, long value) {
        if (!holds) {
            throw new IllegalArgumentException(what + ": " + value);
        }
    }

    /** Collects the optional parts; see {@link Config} for their meaning. */
    public static final class Builder {
        private final long id;
        private final LogStorage storage;
        private final RandomGenerator random;
        private int electionTicks = 10;
        private int heartbeatTicks = 1;
        private long applied;
        private long messageEntryBytesMax = Long.MAX_VALUE;
        private int inflightMessagesMax = Integer.MAX_VALUE;
        private long inflightBytesMax = Long.MAX_VALUE;
        private long uncommittedBytesMax = Long.MAX_VALUE;
        private long committedBytesMax = Long.MAX_VALUE;
        private boolean checkQuorum;
        private boolean preVote;
        private ReadMode readMode = ReadMode.QUORUM;
        private boolean asyncStorageWrites;
        private boolean proposalForwarding = true;
        private boolean confChangeValidation = true;
        private boolean stepDownOnRemoval;
        private boolean freshSnapshots;
        private Listener listener = Listener.NONE;

        private Builder(long id, LogStorage storage, RandomGenerator random) {
            this.id = id;
            this.storage = storage;
            this.random = random;
        }

        public Builder electionTicks(int ticks) {
            electionTicks = ticks;
            return this;
        }

        public Builder heartbeatTicks(int ticks) {
            heartbeatTicks = ticks;
            return this;
        }

        public Builder applied(long index) {
            applied = index;
            return this;
        }

        public Builder messageEntryBytesMax(long bytes) {
            messageEntryBytesMax = bytes;
            return this;
        }

        public Builder inflightMessagesMax(int count) {
            inflightMessagesMax = count;
            return this;
        }

        public Builder inflightBytesMax(long bytes) {
            inflightBytesMax = bytes;
            return this;
        }

        public Builder uncommittedBytesMax(long bytes) {
            uncommittedBytesMax = bytes;
            return this;
        }

        public Builder committedBytesMax(long bytes) {
            committedBytesMax = bytes;
            return this;
        }

        public Builder checkQuorum(boolean on) {
            checkQuorum = on;
            return this;
        }

        public Builder preVote(boolean on) {
            preVote = on;
            return this;
        }

        public Builder readMode(ReadMode mode) {
            readMode = mode;
            return this;
        }

        public Builder asyncStorageWrites(boolean on) {
            asyncStorageWrites = on;
            return this;
        }

        public Builder proposalForwarding(boolean on) {
            proposalForwarding = on;
            return this;
        }

        public Builder confChangeValidation(boolean on) {
            confChangeValidation = on;
            return this;
        }

        public Builder stepDownOnRemoval(boolean on) {
            stepDownOnRemoval = on;
            return this;
        }

        public Builder freshSnapshots(boolean on) {
            freshSnapshots = on;
            return this;
        }

        public Builder listener(Listener heard) {
            listener = heard;
            return this;
        }

        public Config build() {
            return new Config(
                    id,
                    electionTicks,
                    heartbeatTicks,
                    storage,
                    applied,
                    messageEntryBytesMax,
                    inflightMessagesMax,
                    inflightBytesMax,
                    uncommittedBytesMax,
                    committedBytesMax,
                    checkQuorum,
                    preVote,
                    readMode,
                    asyncStorageWrites,
                    proposalForwarding,
                    confChangeValidation,
                    stepDownOnRemoval,
                    freshSnapshots,
                    random,
                    listener);
        }
    }
}
