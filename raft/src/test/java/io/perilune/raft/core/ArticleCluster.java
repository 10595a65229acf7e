package io.perilune.raft.core;

import com.google.protobuf.ByteString;
import io.perilune.raft.confchange.ConfChanges;
import io.perilune.raft.proto.ConfState;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.Snapshot;
import io.perilune.raft.proto.SnapshotMetadata;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** The article's program: nodes with a key-value store each, and a network that can be split in two. */
final class ArticleCluster {
    private final Map<Long, Member> members = new TreeMap<>();
    private final List<Message> network = new ArrayList<>();
    private final Set<Long> apart = new HashSet<>();
    private final UnaryOperator<Config.Builder> options;

    ArticleCluster() {
        this(config -> config);
    }

    ArticleCluster(UnaryOperator<Config.Builder> options) {
        this.options = options;
    }

    static ArticleCluster ofFive() {
        ArticleCluster cluster = new ArticleCluster();
        for (long id = 1; id <= 5; id++) {
            cluster.start(id, 1, 2, 3, 4, 5);
        }
        cluster.node(1).node.campaign();
        cluster.settle();
        return cluster;
    }

    static final class Member {
        final Map<String, String> store = new HashMap<>();
        final List<ReadState> reads = new ArrayList<>();
        final MemoryStorage storage = new MemoryStorage();
        final Node node;

        private Member(long id, UnaryOperator<Config.Builder> options, long... voters) {
            if (voters.length > 0) {
                ConfState.Builder state = ConfState.newBuilder();
                for (long voter : voters) {
                    state.addVoters(voter);
                }
                storage.applySnapshot(Snapshot.newBuilder()
                        .setMetadata(SnapshotMetadata.newBuilder()
                                .setIndex(1)
                                .setTerm(1)
                                .setConfState(state))
                        .build());
            }
            node = new Node(
                    options.apply(Config.builder(id, storage, new Random(id))).build());
        }

        void propose(String assignment) {
            node.propose(ByteString.copyFromUtf8(assignment));
        }

        private void handleReady(List<Message> network) {
            Ready ready = node.ready();
            if (ready.hardState() != null) {
                storage.setHardState(ready.hardState());
            }
            if (ready.snapshot() != null) {
                storage.applySnapshot(ready.snapshot());
            }
            storage.append(ready.entries());
            network.addAll(ready.messages());
            reads.addAll(ready.readStates());
            ready.committedEntries().forEach(this::apply);
            node.advance();
        }

        private void apply(Entry entry) {
            if (ConfChanges.isConfChange(entry)) {
                node.applyConfChange(entry);
            } else if (!entry.getData().isEmpty()) {
                String[] assignment = entry.getData().toStringUtf8().split("=");
                store.put(assignment[0], assignment[1]);
            }
        }
    }

    Member start(long id, long... voters) {
        members.put(id, new Member(id, options, voters));
        return node(id);
    }

    Member node(long id) {
        return members.get(id);
    }

    Collection<Map<String, String>> stores() {
        return members.values().stream().map(member -> member.store).toList();
    }

    void split(long... ids) {
        for (long id : ids) {
            apart.add(id);
        }
    }

    void heal() {
        apart.clear();
    }

    void tick(long id) {
        node(id).node.tick();
    }

    void settle() {
        boolean more = true;
        while (more) {
            more = false;
            for (Member member : members.values()) {
                if (member.node.hasReady()) {
                    more = true;
                    member.handleReady(network);
                }
            }
            List<Message> sent = List.copyOf(network);
            network.clear();
            for (Message message : sent) {
                boolean cut = apart.contains(message.getFrom()) != apart.contains(message.getTo());
                if (!cut && members.containsKey(message.getTo())) {
                    node(message.getTo()).node.step(message);
                }
            }
        }
    }
}
