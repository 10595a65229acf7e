package io.perilune.raft.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.raft.proto.ConfChange;
import io.perilune.raft.proto.ConfChangeType;
import org.junit.jupiter.api.Test;

/** "Raft 101": two nodes, then three, then a split, told as the article tells it. */
class ArticleTest {
    @Test
    void two_nodes_elect_a_leader_take_in_a_third_and_agree_on_what_each_proposes() {
        var cluster = new ArticleCluster();
        var one = cluster.start(1, 1, 2);
        var two = cluster.start(2, 1, 2);

        one.node.campaign();
        cluster.settle();
        assertThat(one.node.status().role()).isEqualTo(Role.LEADER);

        var three = cluster.start(3);
        one.node.proposeConfChange(ConfChange.newBuilder()
                .setType(ConfChangeType.ADD_NODE)
                .setNodeId(3)
                .build());
        cluster.settle();

        one.propose("one=1");
        two.propose("two=2");
        three.propose("three=3");
        cluster.settle();

        assertThat(one.store).containsOnlyKeys("one", "two", "three");
        assertThat(two.store).isEqualTo(one.store);
        assertThat(three.store).isEqualTo(one.store);
    }

    @Test
    void a_leader_in_the_minority_commits_nothing_and_gives_in_when_the_split_heals() {
        var cluster = ArticleCluster.ofFive();
        var old = cluster.node(1);
        cluster.split(1, 2);

        old.propose("x=minority");
        cluster.settle();
        cluster.node(3).node.campaign();
        cluster.settle();
        cluster.node(3).propose("x=majority");
        cluster.settle();

        assertThat(old.store).doesNotContainKey("x");
        assertThat(cluster.node(3).store).containsEntry("x", "majority");

        cluster.heal();
        cluster.tick(3);
        cluster.settle();
        assertThat(old.node.status().role()).isEqualTo(Role.FOLLOWER);
        assertThat(cluster.stores()).containsOnly(cluster.node(3).store);
    }

    @Test
    void a_leader_in_the_majority_goes_on_and_the_others_catch_up_when_the_split_heals() {
        var cluster = ArticleCluster.ofFive();
        cluster.split(4, 5);

        cluster.node(1).propose("x=majority");
        cluster.settle();
        assertThat(cluster.node(2).store).containsEntry("x", "majority");
        assertThat(cluster.node(4).store).isEmpty();

        cluster.heal();
        cluster.tick(1);
        cluster.settle();
        assertThat(cluster.node(1).node.status().role()).isEqualTo(Role.LEADER);
        assertThat(cluster.stores()).containsOnly(cluster.node(1).store);
        assertThat(cluster.node(5).store).containsEntry("x", "majority");
    }
}
