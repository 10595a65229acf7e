package io.perilune.raft.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.perilune.raft.proto.ConfState;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;
import io.perilune.raft.proto.Snapshot;
import io.perilune.raft.proto.SnapshotMetadata;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Messages that no node of ours would send, in every state of the core. Raft trusts its members not to lie, so a lie may
 * make a node follow it; but a node stops only for the reason that it was told to break what it has promised, and never
 * for a number that is too large, a field that is missing or a type that is not for it.
 */
class HostileMessagesTest {
    private static final int SEEDS = 4_000;
    private static final int MESSAGES_PER_SEED = 60;
    private static final String PROMISES =
            "was the log truncated or lost|would replace committed entries|before commit|conflicts with a committed";

    private SplittableRandom chance;
    private MemoryStorage storage;

    @Test
    void no_message_stops_a_node_but_one_that_breaks_a_promise() {
        Map<String, Long> ended = new TreeMap<>();
        for (long seed = 1; seed <= SEEDS; seed++) {
            chance = new SplittableRandom(seed);
            try {
                bombard(node());
                ended.merge("went on", 1L, Long::sum);
            } catch (RuntimeException stopped) {
                assertThat(stopped).as("seed %d", seed).isInstanceOf(IllegalStateException.class);
                assertThat(stopped.getMessage()).as("seed %d", seed).containsPattern(PROMISES);
                ended.merge("was told to break a promise", 1L, Long::sum);
            }
        }
        assertThat(ended.get("went on")).isGreaterThan(SEEDS / 4);
    }

    private Node node() {
        storage = new MemoryStorage();
        storage.applySnapshot(Snapshot.newBuilder()
                .setMetadata(SnapshotMetadata.newBuilder()
                        .setIndex(1)
                        .setTerm(1)
                        .setConfState(
                                ConfState.newBuilder().addVoters(1).addVoters(2).addVoters(3)))
                .build());
        return new Node(Config.builder(2, storage, new java.util.Random(1))
                .checkQuorum(true)
                .preVote(true)
                .asyncStorageWrites(true)
                .build());
    }

    private void bombard(Node node) {
        for (int i = 0; i < MESSAGES_PER_SEED; i++) {
            switch (chance.nextInt(8)) {
                case 0 -> node.tick();
                case 1 -> node.campaign();
                default -> node.step(message(node.status()));
            }
            while (node.hasReady()) {
                store(node, node.ready());
            }
        }
    }

    /** The disk and the state machine are honest. */
    private void store(Node node, Ready ready) {
        for (Message message : ready.messages()) {
            if (message.getTo() == Node.APPEND_THREAD) {
                if (ready.snapshot() != null) {
                    storage.applySnapshot(ready.snapshot());
                }
                storage.append(ready.entries());
            }
            if (message.getTo() == Node.APPEND_THREAD || message.getTo() == Node.APPLY_THREAD) {
                message.getResponsesList().stream()
                        .filter(response -> response.getTo() == 2)
                        .forEach(node::step);
            }
        }
    }

    private Message message(Status status) {
        MessageType type = MessageType.forNumber(chance.nextInt(25));
        Message.Builder message = Message.newBuilder()
                .setType(type == null ? MessageType.MSG_APP : type)
                .setFrom(chance.nextInt(5))
                .setTo(2)
                .setTerm(number(status.term()))
                .setLogTerm(number(status.term()))
                .setIndex(number(status.lastIndex()))
                .setCommit(number(status.commit()))
                .setReject(chance.nextInt(3) == 0)
                .setRejectHint(number(status.lastIndex()))
                .setContext(ByteString.copyFrom(new byte[chance.nextInt(20)]));
        long index = message.getIndex();
        for (int n = chance.nextInt(3); n > 0; n--) {
            index++;
            message.addEntries(Entry.newBuilder()
                    .setIndex(chance.nextInt(8) == 0 ? number(index) : index)
                    .setTerm(number(status.term())));
        }
        if (message.getType() == MessageType.MSG_SNAP && chance.nextBoolean()) {
            message.setSnapshot(Snapshot.newBuilder()
                    .setMetadata(SnapshotMetadata.newBuilder()
                            .setIndex(number(status.lastIndex()))
                            .setTerm(number(status.term()))
                            .setConfState(
                                    ConfState.newBuilder().addVoters(number(2)).addVoters(chance.nextInt(4)))));
        }
        return message.build();
    }

    private long number(long near) {
        return switch (chance.nextInt(8)) {
            case 0 -> 0;
            case 1 -> near + 1 + chance.nextInt(3);
            case 2 -> Math.max(0, near - chance.nextInt(3));
            case 3 -> chance.nextInt(8) == 0 ? Long.MAX_VALUE - chance.nextInt(2) : near;
            case 4 -> chance.nextInt(8) == 0 ? -1 - chance.nextInt(2) : near;
            default -> near;
        };
    }
}
