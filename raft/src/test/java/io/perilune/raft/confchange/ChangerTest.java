package io.perilune.raft.confchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.raft.proto.ConfChangeSingle;
import io.perilune.raft.proto.ConfChangeType;
import io.perilune.raft.quorum.NodeIds;
import io.perilune.raft.tracker.Inflights;
import io.perilune.raft.tracker.Members;
import io.perilune.raft.tracker.Progress;
import io.perilune.raft.tracker.ProgressMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChangerTest {
    private final long seed = Long.getLong("raft.seed", System.nanoTime());
    private final Random chance = new Random(seed);

    @Test
    void changes_one_by_one_end_where_the_same_changes_at_once_do() {
        System.out.println("seed " + seed);
        for (int round = 0; round < 3_000; round++) {
            List<ConfChangeSingle> changes = someChanges();
            Changer.Result.Changed start = founded();
            Changer.Result.Changed single = start;
            boolean possible = true;
            for (ConfChangeSingle change : changes) {
                Changer.Result next = changer(single).simple(List.of(change));
                if (next instanceof Changer.Result.Changed changed) {
                    single = changed;
                } else {
                    possible = false;
                    break;
                }
            }
            if (!possible) {
                continue;
            }
            var joint = (Changer.Result.Changed) changer(start).enterJoint(false, changes);
            sound(joint);
            var left = (Changer.Result.Changed) changer(joint).leaveJoint();
            sound(left);
            assertThat(left.members()).as("%s", changes).isEqualTo(single.members());
            assertThat(left.progress().ids()).isEqualTo(single.progress().ids());
        }
    }

    @Test
    void a_configuration_survives_being_written_down() {
        System.out.println("seed " + seed);
        for (int round = 0; round < 1_000; round++) {
            if (changer(founded()).enterJoint(chance.nextBoolean(), someChanges())
                    instanceof Changer.Result.Changed joint) {
                var restored = Changer.restore(Changer.confState(joint.members()), ChangerTest::newcomer);
                assertThat(restored.members()).isEqualTo(joint.members());
                assertThat(restored.progress().ids()).isEqualTo(joint.progress().ids());
            }
        }
    }

    /** Everybody is tracked, nobody is voter and learner at once, and staged learners still vote in the old half. */
    private static void sound(Changer.Result.Changed changed) {
        Members members = changed.members();
        NodeIds voters = members.voters().voters();
        assertThat(changed.progress().ids()).isEqualTo(voters.union(members.learners()));
        members.learners().forEach(id -> assertThat(voters.contains(id)).isFalse());
        members.learnersNext()
                .forEach(id -> assertThat(members.voters().outgoing().voters().contains(id))
                        .isTrue());
    }

    private static Changer.Result.Changed founded() {
        ConfChangeSingle first = change(ConfChangeType.ADD_NODE, 1);
        return (Changer.Result.Changed)
                new Changer(Members.NONE, ProgressMap.EMPTY, ChangerTest::newcomer).simple(List.of(first));
    }

    private static Changer changer(Changer.Result.Changed from) {
        return new Changer(from.members(), from.progress(), ChangerTest::newcomer);
    }

    private static Progress newcomer() {
        return new Progress(1, false, new Inflights(1, Long.MAX_VALUE));
    }

    private List<ConfChangeSingle> someChanges() {
        List<ConfChangeSingle> changes = new ArrayList<>();
        for (int i = 0; i < 1 + chance.nextInt(8); i++) {
            changes.add(change(ConfChangeType.forNumber(chance.nextInt(4)), 1 + chance.nextInt(5)));
        }
        return changes;
    }

    private static ConfChangeSingle change(ConfChangeType type, long id) {
        return ConfChangeSingle.newBuilder().setType(type).setNodeId(id).build();
    }
}
