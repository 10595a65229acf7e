package io.perilune.raft.sim;

import com.google.protobuf.ByteString;
import io.perilune.raft.core.Config;
import io.perilune.raft.core.MemoryStorage;
import io.perilune.raft.core.Node;
import io.perilune.raft.core.Ready;
import io.perilune.raft.proto.ConfState;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.Snapshot;
import io.perilune.raft.proto.SnapshotMetadata;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * How many entries a second three cores commit on one thread, and what they allocate for each. Run by hand:
 * {@code java -cp ... io.perilune.raft.sim.Throughput}. Nothing is encoded and no disk written, so that this is the core alone.
 */
final class Throughput {
    private static final int NODES = 3;
    private static final int PAYLOAD_BYTES = 128;
    private static final int KEPT = 10_000;

    private final Node[] nodes = new Node[NODES];
    private final MemoryStorage[] storages = new MemoryStorage[NODES];
    private final List<Message> network = new ArrayList<>();

    private Throughput() {
        Snapshot beginning = Snapshot.newBuilder()
                .setMetadata(SnapshotMetadata.newBuilder()
                        .setIndex(1)
                        .setTerm(1)
                        .setConfState(
                                ConfState.newBuilder().addVoters(1).addVoters(2).addVoters(3)))
                .build();
        for (int i = 0; i < NODES; i++) {
            storages[i] = new MemoryStorage();
            storages[i].applySnapshot(beginning);
            nodes[i] = new Node(Config.builder(i + 1, storages[i], new Random(i))
                    .applied(1)
                    .inflightMessagesMax(512)
                    .messageEntryBytesMax(1 << 20)
                    .build());
        }
        nodes[0].campaign();
        settle();
    }

    public static void main(String[] args) {
        for (int batch : new int[] {1, 64}) {
            for (int round = 0; round < 5; round++) {
                new Throughput().measure(batch, batch == 1 ? 300_000 : 3_000_000);
            }
        }
    }

    private void measure(int batch, int total) {
        Entry entry = Entry.newBuilder()
                .setData(ByteString.copyFrom(new byte[PAYLOAD_BYTES]))
                .build();
        List<Entry> proposal = Collections.nCopies(batch, entry);
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocatedBefore = threads.getCurrentThreadAllocatedBytes();
        long began = System.nanoTime();
        for (int done = 0; done < total; done += batch) {
            nodes[0].propose(proposal);
            settle();
            if (done % KEPT < batch) {
                compact();
            }
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        long allocated = threads.getCurrentThreadAllocatedBytes() - allocatedBefore;
        System.out.printf(
                "batch %d: %.0f entries/s committed on %d nodes, %d bytes allocated per entry%n",
                batch, total / seconds, NODES, allocated / total);
    }

    private void compact() {
        for (int i = 0; i < NODES; i++) {
            storages[i].compact(nodes[i].status().applied());
        }
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
