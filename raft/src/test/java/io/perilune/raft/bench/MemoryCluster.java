package io.perilune.raft.bench;

import io.perilune.raft.core.Config;
import io.perilune.raft.core.MemoryStorage;
import io.perilune.raft.core.Node;
import io.perilune.raft.core.Ready;
import io.perilune.raft.proto.ConfState;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.Snapshot;
import io.perilune.raft.proto.SnapshotMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Three cores that hand each other their messages as objects, on the caller's thread. Node 1 leads. */
final class MemoryCluster {
    private static final int NODES = 3;

    /** Entries a log keeps before it is compacted. */
    private static final int KEPT = 10_000;

    private final Node[] nodes = new Node[NODES];
    private final MemoryStorage[] storages = new MemoryStorage[NODES];
    private final List<Message> network = new ArrayList<>();
    private int sinceCompaction;

    MemoryCluster() {
        for (int i = 0; i < NODES; i++) {
            storages[i] = storage();
            nodes[i] = node(i + 1, storages[i]);
        }
        nodes[0].campaign();
        settle();
    }

    static MemoryStorage storage() {
        MemoryStorage storage = new MemoryStorage();
        storage.applySnapshot(Snapshot.newBuilder()
                .setMetadata(SnapshotMetadata.newBuilder()
                        .setIndex(1)
                        .setTerm(1)
                        .setConfState(
                                ConfState.newBuilder().addVoters(1).addVoters(2).addVoters(3)))
                .build());
        return storage;
    }

    static Node node(long id, MemoryStorage storage) {
        return new Node(Config.builder(id, storage, new Random(id))
                .applied(1)
                .inflightMessagesMax(512)
                .messageEntryBytesMax(1 << 20)
                .build());
    }

    /** Commits on all three. The answer is the leader's commit index. */
    long replicate(List<Entry> proposal) {
        nodes[0].propose(proposal);
        settle();
        sinceCompaction += proposal.size();
        if (sinceCompaction >= KEPT) {
            sinceCompaction = 0;
            for (int i = 0; i < NODES; i++) {
                storages[i].compact(nodes[i].status().applied());
            }
        }
        return storages[0].lastIndex();
    }

    /** Whether everything proposed is applied everywhere. */
    boolean agrees() {
        for (Node node : nodes) {
            if (node.status().applied() != nodes[0].status().lastIndex()) {
                return false;
            }
        }
        return true;
    }

    private void settle() {
        boolean more = true;
        while (more) {
            more = false;
            for (int i = 0; i < NODES; i++) {
                if (nodes[i].hasReady()) {
                    more = true;
                    handleReady(i);
                }
            }
            for (int i = 0; i < network.size(); i++) {
                Message message = network.get(i);
                nodes[(int) message.getTo() - 1].step(message);
            }
            network.clear();
        }
    }

    private void handleReady(int i) {
        Ready ready = nodes[i].ready();
        storages[i].append(ready.entries());
        network.addAll(ready.messages());
        nodes[i].advance();
    }
}
