package io.perilune.raft.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class QuorumTest {
    private static final int ROUNDS = 20_000;
    private final long seed = Long.getLong("raft.seed", System.nanoTime());
    private final Random chance = new Random(seed);

    @Test
    void the_committed_index_is_the_highest_that_more_than_half_have() {
        System.out.println("seed " + seed);
        for (int round = 0; round < ROUNDS; round++) {
            NodeIds voters = someVoters(9);
            Map<Long, Long> acknowledged = someIndexes(voters);
            assertThat(new Majority(voters).committed(id -> acknowledged.getOrDefault(id, 0L)))
                    .as("%s %s", voters, acknowledged)
                    .isEqualTo(countedOut(voters, acknowledged));
        }
    }

    @Test
    void a_joint_quorum_commits_what_both_majorities_have() {
        System.out.println("seed " + seed);
        for (int round = 0; round < ROUNDS; round++) {
            NodeIds incoming = someVoters(6);
            NodeIds outgoing = someVoters(6);
            Map<Long, Long> acknowledged = someIndexes(incoming.union(outgoing));
            assertThat(JointQuorum.of(incoming, outgoing).committed(id -> acknowledged.getOrDefault(id, 0L)))
                    .isEqualTo(Math.min(countedOut(incoming, acknowledged), countedOut(outgoing, acknowledged)));
        }
    }

    @Test
    void a_vote_is_settled_exactly_when_no_further_ballot_can_change_it() {
        System.out.println("seed " + seed);
        for (int round = 0; round < 2_000; round++) {
            JointQuorum quorum = JointQuorum.of(someVoters(4), someVoters(4));
            Map<Long, Ballots.Vote> votes = new HashMap<>();
            quorum.voters().forEach(id -> votes.put(id, Ballots.Vote.values()[chance.nextInt(3)]));
            List<Long> missing = votes.keySet().stream()
                    .filter(id -> votes.get(id) == Ballots.Vote.MISSING)
                    .toList();
            boolean canWin = false;
            boolean canLose = false;
            for (int ballots = 0; ballots < 1 << missing.size(); ballots++) {
                int cast = ballots;
                boolean won = quorum.vote(id -> missing.contains(id)
                                ? (cast >> missing.indexOf(id) & 1) == 1 ? Ballots.Vote.YES : Ballots.Vote.NO
                                : votes.get(id))
                        == VoteResult.WON;
                canWin |= won;
                canLose |= !won;
            }
            VoteResult expected = !canLose ? VoteResult.WON : !canWin ? VoteResult.LOST : VoteResult.PENDING;
            VoteResult told = quorum.vote(id -> votes.getOrDefault(id, Ballots.Vote.MISSING));
            // A joint vote may be called pending although the halves together leave no way to win; never the reverse.
            if (told != expected) {
                assertThat(told).isEqualTo(VoteResult.PENDING);
                assertThat(expected).isEqualTo(VoteResult.LOST);
            }
        }
    }

    @Test
    void ids_are_unsigned_and_each_counts_once() {
        assertThat(NodeIds.of(3, -5, 1, 3).toList()).containsExactly(1L, 3L, -5L);
        assertThat(NodeIds.of(10, 2)).hasToString("(2 a)");
        assertThat(NodeIds.of(1, 2).differences(NodeIds.of(2, 3, 4))).isEqualTo(3);
    }

    private NodeIds someVoters(int max) {
        return NodeIds.of(LongStream.range(0, chance.nextInt(max))
                .map(i -> 1 + chance.nextInt(max))
                .toArray());
    }

    private Map<Long, Long> someIndexes(NodeIds voters) {
        Map<Long, Long> indexes = new HashMap<>();
        voters.forEach(id -> indexes.put(id, (long) chance.nextInt(6)));
        return indexes;
    }

    /** By definition: try every index. */
    private static long countedOut(NodeIds voters, Map<Long, Long> acknowledged) {
        if (voters.isEmpty()) {
            return Majority.UNBOUNDED;
        }
        long committed = 0;
        for (long index = 1; index < 10; index++) {
            long candidate = index;
            long count = voters.toList().stream()
                    .filter(id -> acknowledged.getOrDefault(id, 0L) >= candidate)
                    .count();
            committed = 2 * count > voters.size() ? candidate : committed;
        }
        return committed;
    }
}
