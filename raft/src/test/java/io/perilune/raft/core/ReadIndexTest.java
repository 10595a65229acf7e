package io.perilune.raft.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Linearizable reads (§6.4), and what a proposal is told. */
class ReadIndexTest {
    private static final ByteString CONTEXT = ByteString.copyFromUtf8("r");

    private static ArticleCluster ofThree(ArticleCluster cluster) {
        for (long id = 1; id <= 3; id++) {
            cluster.start(id, 1, 2, 3);
        }
        cluster.node(1).node.campaign();
        cluster.settle();
        return cluster;
    }

    @Test
    void leader_and_follower_are_told_the_commit_index() {
        var cluster = ofThree(new ArticleCluster());
        long commit = cluster.node(1).node.status().commit();
        cluster.node(1).node.readIndex(CONTEXT);
        assertThat(cluster.node(2).node.readIndex(CONTEXT)).isEqualTo(new StepResult.Forwarded(1));
        cluster.settle();
        assertThat(cluster.node(1).reads).containsExactly(new ReadState(commit, CONTEXT));
        assertThat(cluster.node(2).reads).containsExactly(new ReadState(commit, CONTEXT));
    }

    @Test
    void a_deposed_leader_that_does_not_know_it_answers_no_read() {
        var cluster = ofThree(new ArticleCluster());
        cluster.split(1);
        cluster.node(1).node.readIndex(CONTEXT);
        cluster.settle();
        assertThat(cluster.node(1).node.status().role()).isEqualTo(Role.LEADER);
        assertThat(cluster.node(1).reads).isEmpty();
    }

    @Test
    void the_same_context_asked_twice_is_confirmed_twice() {
        var cluster = ofThree(new ArticleCluster());
        cluster.node(1).node.readIndex(CONTEXT);
        cluster.settle();
        cluster.split(1);
        cluster.node(1).node.readIndex(CONTEXT);
        cluster.settle();
        assertThat(cluster.node(1).reads).hasSize(1);
        cluster.heal();
        cluster.tick(1);
        cluster.settle();
        assertThat(cluster.node(1).reads).hasSize(2);
    }

    @Test
    void a_read_before_the_first_commit_of_the_term_waits_for_it() {
        var cluster = ofThree(new ArticleCluster());
        cluster.node(1).propose("x=1");
        cluster.settle();
        Node node = cluster.node(2).node;
        node.campaign();
        drain(cluster, 2);
        node.step(Message.newBuilder()
                .setType(MessageType.MSG_VOTE_RESP)
                .setFrom(3)
                .setTo(2)
                .setTerm(node.status().term())
                .build());
        assertThat(node.status().role()).isEqualTo(Role.LEADER);
        assertThat(node.readIndex(CONTEXT)).isEqualTo(StepResult.DONE);
        assertThat(cluster.node(2).reads).isEmpty();
        cluster.settle();
        cluster.tick(2);
        cluster.settle();
        assertThat(cluster.node(2).reads)
                .singleElement()
                .satisfies(read -> assertThat(read.index())
                        .isGreaterThanOrEqualTo(node.status().commit()));
    }

    private static void drain(ArticleCluster cluster, long id) {
        cluster.split(id);
        cluster.settle();
        cluster.heal();
    }

    @Test
    void a_lease_answers_at_once_and_runs_out() {
        var cluster = ofThree(new ArticleCluster(
                config -> config.checkQuorum(true).readMode(ReadMode.LEASE).electionTicks(10)));
        cluster.tick(1);
        cluster.settle();
        cluster.split(1);
        cluster.node(1).node.readIndex(CONTEXT);
        assertThat(cluster.node(1).node.ready().readStates()).hasSize(1);
        cluster.node(1).node.advance();
        for (int i = 0; i < 9; i++) {
            cluster.tick(1);
        }
        cluster.settle();
        int answered = cluster.node(1).reads.size();
        cluster.node(1).node.readIndex(CONTEXT);
        cluster.settle();
        assertThat(cluster.node(1).reads).hasSize(answered);
    }

    @Test
    void a_proposal_is_told_its_place_and_carries_its_time_untouched() {
        var cluster = ofThree(new ArticleCluster());
        Node leader = cluster.node(1).node;
        long last = leader.status().lastIndex();
        Entry entry = Entry.newBuilder()
                .setData(ByteString.copyFromUtf8("x=1"))
                .setTime(12_345)
                .build();
        assertThat(leader.propose(List.of(entry, entry)))
                .isEqualTo(new StepResult.Appended(last + 1, 2, leader.status().term(), null));
        cluster.settle();
        var stored = (LogStorage.Slice.Found) cluster.node(3).storage.entries(last + 1, last + 2, Long.MAX_VALUE);
        assertThat(stored.entries())
                .singleElement()
                .satisfies(each -> assertThat(each.getTime()).isEqualTo(12_345));
    }

    @Test
    void what_no_correct_peer_sends_is_refused_without_harm() {
        var cluster = ofThree(new ArticleCluster());
        Node node = cluster.node(2).node;
        Message gap = Message.newBuilder()
                .setType(MessageType.MSG_APP)
                .setFrom(1)
                .setTo(2)
                .setTerm(node.status().term())
                .setIndex(2)
                .addEntries(Entry.newBuilder().setIndex(9).setTerm(1))
                .build();
        assertThat(node.step(gap)).isEqualTo(StepResult.dropped(StepResult.Reason.MALFORMED));
        assertThat(node.step(gap.toBuilder().clearEntries().setCommit(-1).build()))
                .isEqualTo(StepResult.dropped(StepResult.Reason.MALFORMED));
        assertThat(node.step(Message.newBuilder().setType(MessageType.MSG_HUP).build()))
                .isEqualTo(StepResult.dropped(StepResult.Reason.LOCAL_MESSAGE));
    }
}
