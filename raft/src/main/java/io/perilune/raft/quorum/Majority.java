package io.perilune.raft.quorum;

import java.util.Arrays;

/** More than half of a set of voters. An empty set agrees to everything, so that it changes no joint quorum. */
public record Majority(NodeIds voters) {
    /** What an empty majority has acknowledged. */
    public static final long UNBOUNDED = Long.MAX_VALUE;

    /** The highest index that more than half of the voters have acknowledged. */
    public long committed(Acknowledged acknowledged) {
        int count = voters.size();
        if (count == 0) {
            return UNBOUNDED;
        }
        return switch (count) {
            // The usual sizes without an array: this runs at every acknowledgement.
            case 1 -> acknowledged.by(voters.at(0));
            case 2 -> Math.min(acknowledged.by(voters.at(0)), acknowledged.by(voters.at(1)));
            case 3 ->
                median(acknowledged.by(voters.at(0)), acknowledged.by(voters.at(1)), acknowledged.by(voters.at(2)));
            default -> ranked(acknowledged);
        };
    }

    public VoteResult vote(Ballots ballots) {
        int yes = 0;
        int missing = 0;
        for (int i = 0; i < voters.size(); i++) {
            switch (ballots.of(voters.at(i))) {
                case YES -> yes++;
                case MISSING -> missing++;
                case NO -> {}
            }
        }
        int enough = voters.size() / 2 + 1;
        if (voters.isEmpty() || yes >= enough) {
            return VoteResult.WON;
        }
        return yes + missing >= enough ? VoteResult.PENDING : VoteResult.LOST;
    }

    private long ranked(Acknowledged acknowledged) {
        long[] indexes = new long[voters.size()];
        for (int i = 0; i < indexes.length; i++) {
            indexes[i] = acknowledged.by(voters.at(i));
        }
        Arrays.sort(indexes);
        return indexes[indexes.length - (indexes.length / 2 + 1)];
    }

    private static long median(long a, long b, long c) {
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }
}
