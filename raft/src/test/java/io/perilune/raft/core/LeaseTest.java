package io.perilune.raft.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.perilune.raft.proto.ConfState;
import io.perilune.raft.proto.HardState;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;
import io.perilune.raft.proto.Snapshot;
import io.perilune.raft.proto.SnapshotMetadata;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a leader's lease relies on (§6.4.1): those that heard it do not help another to lead for a while. */
class LeaseTest {
    private static final int ELECTION_TICKS = 10;
    private static final long TERM = 3;

    private final MemoryStorage storage = new MemoryStorage();

    private Node started(long term) {
        if (storage.lastIndex() == 0) {
            storage.applySnapshot(Snapshot.newBuilder()
                    .setMetadata(SnapshotMetadata.newBuilder()
                            .setIndex(1)
                            .setTerm(1)
                            .setConfState(ConfState.newBuilder()
                                    .addVoters(1)
                                    .addVoters(2)
                                    .addVoters(3)))
                    .build());
        }
        storage.setHardState(HardState.newBuilder()
                .setTerm(term)
                .setCommit(term == 0 ? 0 : 1)
                .build());
        return new Node(Config.builder(2, storage, new Random(1))
                .electionTicks(ELECTION_TICKS)
                .checkQuorum(true)
                .readMode(ReadMode.LEASE)
                .build());
    }

    private static Message from(long sender, MessageType type, long term) {
        return Message.newBuilder()
                .setType(type)
                .setFrom(sender)
                .setTo(2)
                .setTerm(term)
                .setIndex(9)
                .setLogTerm(TERM)
                .build();
    }

    private static Message heartbeat() {
        return from(1, MessageType.MSG_HEARTBEAT, TERM).toBuilder().clearIndex().build();
    }

    private static List<MessageType> answers(Node node) {
        List<MessageType> types = node.ready().messages().stream()
                .map(Message::getType)
                .filter(type -> type == MessageType.MSG_VOTE_RESP)
                .toList();
        node.advance();
        return types;
    }

    private static void tick(Node node, int ticks) {
        for (int i = 0; i < ticks; i++) {
            node.tick();
        }
    }

    @Test
    void a_voter_that_was_restarted_keeps_what_it_promised_before() {
        Node voter = started(TERM);
        tick(voter, ELECTION_TICKS - 1);
        voter.step(from(3, MessageType.MSG_VOTE, TERM + 1));
        assertThat(answers(voter)).isEmpty();
        voter.tick();
        voter.step(from(3, MessageType.MSG_VOTE, TERM + 1));
        assertThat(answers(voter)).containsExactly(MessageType.MSG_VOTE_RESP);
    }

    @Test
    void a_voter_that_never_heard_of_a_leader_promised_nothing() {
        Node voter = started(0);
        voter.step(from(3, MessageType.MSG_VOTE, TERM));
        assertThat(answers(voter)).containsExactly(MessageType.MSG_VOTE_RESP);
    }

    @Test
    void news_of_a_later_term_do_not_end_the_promise() {
        Node voter = started(0);
        voter.step(heartbeat());
        // A refusal of a promise that it asked for long ago.
        voter.step(from(3, MessageType.MSG_PRE_VOTE_RESP, TERM + 2).toBuilder()
                .setReject(true)
                .build());
        assertThat(voter.status().leader()).isZero();
        voter.step(from(3, MessageType.MSG_VOTE, TERM + 3));
        assertThat(answers(voter)).isEmpty();
        tick(voter, ELECTION_TICKS - 1);
        assertThat(voter.status().role()).isEqualTo(Role.FOLLOWER);
        voter.tick();
        voter.step(from(3, MessageType.MSG_VOTE, TERM + 9));
        assertThat(answers(voter)).containsExactly(MessageType.MSG_VOTE_RESP);
    }

    @Test
    void a_leader_that_hands_over_may_have_everybody_voted_for_its_heir() {
        Node voter = started(0);
        voter.step(heartbeat());
        voter.step(from(3, MessageType.MSG_VOTE, TERM + 1).toBuilder()
                .setContext(ByteString.copyFromUtf8("transfer"))
                .build());
        assertThat(answers(voter)).containsExactly(MessageType.MSG_VOTE_RESP);
    }

    @Test
    void a_lease_ends_before_the_promises_of_clocks_a_tenth_faster() {
        var cluster = new ArticleCluster(
                config -> config.checkQuorum(true).readMode(ReadMode.LEASE).electionTicks(ELECTION_TICKS));
        for (long id = 1; id <= 3; id++) {
            cluster.start(id, 1, 2, 3);
        }
        cluster.node(1).node.campaign();
        cluster.settle();
        cluster.tick(1);
        cluster.settle();
        cluster.split(1);
        int leaseTicks = 0;
        while (answersAtOnce(cluster.node(1).node)) {
            cluster.tick(1);
            leaseTicks++;
        }
        // A promise lasts more than one tick less than the timeout, of ticks that may be a tenth shorter.
        assertThat(leaseTicks).isPositive();
        assertThat(leaseTicks * 100).isLessThanOrEqualTo((ELECTION_TICKS - 1) * (100 - ReadMode.DRIFT_PERCENT));
    }

    private static boolean answersAtOnce(Node leader) {
        leader.readIndex(ByteString.copyFromUtf8("r"));
        boolean answered = !leader.ready().readStates().isEmpty();
        leader.advance();
        return answered;
    }
}
