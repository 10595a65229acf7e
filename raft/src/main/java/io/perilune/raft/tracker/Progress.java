package io.perilune.raft.tracker;

/**
 * A leader's view of one peer. {@code match} is known, {@code next} is a guess that is right while nothing gets lost;
 * always {@code match < next}.
 */
public final class Progress {
    private final Inflights inflights;
    private ProgressState state = ProgressState.PROBE;
    private long match;
    private long next;
    private long sentCommit;
    private long pendingSnapshot;
    private boolean paused;
    private boolean active;
    private boolean learner;
    private long ackedRead;
    private long ackedTick;

    public Progress(long next, boolean learner, Inflights inflights) {
        this.next = next;
        this.learner = learner;
        this.inflights = inflights;
        this.active = true;
    }

    /** Starts over as at the beginning of a leader's term. */
    public void restart(long newMatch, long newNext) {
        enter(ProgressState.PROBE);
        match = newMatch;
        next = newNext;
        sentCommit = 0;
        active = false;
        ackedRead = 0;
        ackedTick = 0;
    }

    /** Sends one message at a time from now on, beginning after what is known or assumed to be there. */
    public void probe() {
        long from = match + 1;
        if (state == ProgressState.SNAPSHOT) {
            from = Math.max(from, pendingSnapshot + 1);
        }
        enter(ProgressState.PROBE);
        rewind(from);
    }

    /** As {@link #probe()} when the snapshot under way is known to have failed. */
    public void probeAfterFailedSnapshot() {
        pendingSnapshot = 0;
        probe();
    }

    public void replicate() {
        enter(ProgressState.REPLICATE);
        next = match + 1;
    }

    public void sendSnapshot(long index) {
        enter(ProgressState.SNAPSHOT);
        pendingSnapshot = index;
        next = index + 1;
        sentCommit = index;
    }

    /** Notes that an append with {@code count} entries of {@code bytes} payload left, starting at {@link #next()}. */
    public void sent(int count, long bytes) {
        switch (state) {
            case REPLICATE -> {
                if (count > 0) {
                    next += count;
                    inflights.add(next - 1, bytes);
                }
                paused = inflights.full();
            }
            case PROBE -> paused |= count > 0;
            case SNAPSHOT ->
                throw new IllegalStateException("append sent while a snapshot at " + pendingSnapshot
                        + " is pending, match " + match + ", next " + next);
        }
    }

    public void sentCommit(long commit) {
        sentCommit = commit;
    }

    /** Whether an append now would tell the peer of a commit that no earlier message has. */
    public boolean commitIsNews(long commit) {
        return commit > sentCommit && sentCommit < next - 1;
    }

    /** The peer holds everything up to {@code index}. Whether that is news. */
    public boolean acknowledge(long index) {
        if (index <= match) {
            return false;
        }
        match = index;
        next = Math.max(next, index + 1);
        paused = false;
        return true;
    }

    /** Makes room in the window for what was acknowledged. */
    public void free(long index) {
        inflights.freeUpTo(index);
    }

    /**
     * The peer refused an append whose previous entry was at {@code rejected}. Whether the refusal is fresh; then
     * sending goes on after {@code hint}, the highest place where the logs may agree.
     */
    public boolean retreat(long rejected, long hint) {
        if (state == ProgressState.REPLICATE) {
            if (rejected <= match) {
                return false;
            }
            rewind(match + 1);
            return true;
        }
        // A probe is alone on its way, so a refusal of anything else is an old one.
        if (next - 1 != rejected) {
            return false;
        }
        rewind(Math.max(Math.min(rejected, hint + 1), match + 1));
        paused = false;
        return true;
    }

    public void pause() {
        paused = true;
    }

    public void resume() {
        paused = false;
    }

    public void heard() {
        active = true;
    }

    public void forgetHeard() {
        active = false;
    }

    public void makeLearner(boolean nowLearner) {
        learner = nowLearner;
    }

    /** The peer answered a heartbeat that carried this read round and this tick of the leader. */
    public void acknowledgeHeartbeat(long readRound, long tick) {
        ackedRead = Math.max(ackedRead, readRound);
        ackedTick = Math.max(ackedTick, tick);
    }

    public boolean isPaused() {
        return paused || state == ProgressState.SNAPSHOT;
    }

    public ProgressState state() {
        return state;
    }

    public long match() {
        return match;
    }

    public long next() {
        return next;
    }

    public long pendingSnapshot() {
        return pendingSnapshot;
    }

    public boolean isActive() {
        return active;
    }

    public boolean isLearner() {
        return learner;
    }

    public boolean windowFull() {
        return inflights.full();
    }

    public int inflight() {
        return inflights.count();
    }

    public long ackedRead() {
        return ackedRead;
    }

    public long ackedTick() {
        return ackedTick;
    }

    /** A copy that later changes here do not reach, for reports. */
    public View view() {
        return new View(
                state,
                match,
                next,
                learner,
                isPaused(),
                pendingSnapshot,
                active,
                inflights.count(),
                inflights.bytes(),
                inflights.full());
    }

    /**
     * @param match highest index known to be on the peer's disk
     * @param next index to be sent next
     * @param paused nothing is sent until the peer is heard
     * @param pendingSnapshot index of the snapshot under way, 0 for none
     * @param active heard lately
     * @param inflight append messages under way
     * @param inflightBytes their payload
     */
    public record View(
            ProgressState state,
            long match,
            long next,
            boolean learner,
            boolean paused,
            long pendingSnapshot,
            boolean active,
            int inflight,
            long inflightBytes,
            boolean windowFull) {}

    private void enter(ProgressState newState) {
        state = newState;
        paused = false;
        pendingSnapshot = 0;
        inflights.clear();
    }

    private void rewind(long from) {
        next = from;
        sentCommit = Math.min(sentCommit, next - 1);
    }
}
