package io.perilune.raft.core;

import io.perilune.raft.core.Transcript.Argument;
import io.perilune.raft.core.Transcript.Case;
import io.perilune.raft.quorum.Acknowledged;
import io.perilune.raft.quorum.Ballots;
import io.perilune.raft.quorum.JointQuorum;
import io.perilune.raft.quorum.Majority;
import io.perilune.raft.quorum.NodeIds;
import io.perilune.raft.quorum.VoteResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Arithmetic of quorums, driven by the commands of a transcript. */
final class QuorumTrace {
    private QuorumTrace() {}

    static String run(Case step) {
        List<Long> one = ids(step, "cfg");
        List<Long> other = ids(step, "cfgj");
        Set<Long> voters = new LinkedHashSet<>(one);
        voters.addAll(other);
        JointQuorum quorum = JointQuorum.of(NodeIds.of(one), NodeIds.of(other));
        return switch (step.command()) {
            case "committed" -> committed(quorum, indexes(step, voters));
            case "vote" -> vote(quorum, votes(step, voters));
            default -> "unknown command";
        };
    }

    private static List<Long> ids(Case step, String key) {
        return step.argument(key)
                .filter(argument -> !argument.values().equals(List.of("zero")))
                .map(Argument::ids)
                .orElse(List.of());
    }

    private static Map<Long, Long> indexes(Case step, Set<Long> voters) {
        Map<Long, Long> indexes = new HashMap<>();
        int position = 0;
        for (long voter : voters) {
            String value = step.argument("idx").orElseThrow().values().get(position++);
            if (!value.equals("_")) {
                indexes.put(voter, Long.parseLong(value));
            }
        }
        return indexes;
    }

    private static Map<Long, Ballots.Vote> votes(Case step, Set<Long> voters) {
        Map<Long, Ballots.Vote> votes = new HashMap<>();
        int position = 0;
        for (long voter : voters) {
            String value = step.argument("votes").orElseThrow().values().get(position++);
            if (!value.equals("_")) {
                votes.put(voter, value.equals("y") ? Ballots.Vote.YES : Ballots.Vote.NO);
            }
        }
        return votes;
    }

    private static String committed(JointQuorum quorum, Map<Long, Long> indexes) {
        Acknowledged acknowledged = id -> indexes.getOrDefault(id, 0L);
        long index = quorum.committed(acknowledged);
        JointQuorum swapped = new JointQuorum(quorum.outgoing(), quorum.incoming());
        if (swapped.committed(acknowledged) != index
                || new JointQuorum(quorum.incoming(), quorum.incoming()).committed(acknowledged)
                        != quorum.incoming().committed(acknowledged)) {
            return "joint quorums are not symmetric";
        }
        for (long lowered : indexes.keySet()) {
            if (indexes.get(lowered) < index
                    && quorum.committed(id -> id == lowered ? 0 : acknowledged.by(id)) != index) {
                return "an index below the result changed it";
            }
        }
        return table(quorum.voters(), indexes) + (index == Majority.UNBOUNDED ? "\u221e" : Long.toString(index)) + "\n";
    }

    private static String table(NodeIds voters, Map<Long, Long> indexes) {
        int count = voters.size();
        if (count == 0) {
            return "<empty majority quorum>";
        }
        List<Long> ranked = new ArrayList<>(voters.toList());
        ranked.sort(Comparator.comparing((Long id) -> indexes.getOrDefault(id, 0L))
                .thenComparing(Comparator.naturalOrder()));
        Map<Long, Integer> bars = new HashMap<>();
        long previous = -1;
        int bar = 0;
        for (int i = 0; i < count; i++) {
            long index = indexes.getOrDefault(ranked.get(i), 0L);
            bar = i == 0 ? 0 : index > previous ? i : bar;
            previous = index;
            bars.put(ranked.get(i), bar);
        }
        StringBuilder text = new StringBuilder(" ".repeat(count + 4)).append("idx\n");
        for (long id : voters.toList()) {
            String column = indexes.containsKey(id)
                    ? "x".repeat(bars.get(id)) + ">" + " ".repeat(count - bars.get(id))
                    : "?" + " ".repeat(count);
            text.append(String.format("%s %5d    (id=%x)%n", column, indexes.getOrDefault(id, 0L), id));
        }
        return text.toString();
    }

    private static String vote(JointQuorum quorum, Map<Long, Ballots.Vote> votes) {
        Ballots ballots = id -> votes.getOrDefault(id, Ballots.Vote.MISSING);
        VoteResult result = quorum.vote(ballots);
        if (new JointQuorum(quorum.outgoing(), quorum.incoming()).vote(ballots) != result) {
            return "joint quorums are not symmetric";
        }
        return switch (result) {
            case WON -> "VoteWon";
            case LOST -> "VoteLost";
            case PENDING -> "VotePending";
        };
    }
}
