package io.perilune.raft.transport;

import io.perilune.raft.proto.Message;
import io.perilune.raft.storage.SnapshotStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A network within one process, for tests and for embedding a cluster in one JVM: messages arrive at once, on the thread
 * that sends them, unless a cut or a filter takes them. Safe for use by any thread.
 */
public final class MemoryNetwork {
    private static final int CHUNK_BYTES = 256 << 10;

    private final Map<Long, Endpoint> endpoints = new ConcurrentHashMap<>();
    private final Set<Cut> cuts = ConcurrentHashMap.newKeySet();
    private volatile Predicate<Message> filter = message -> true;

    private record Cut(long from, long to) {}

    /** The transport of one node. A node that comes back takes a new one of the same id. */
    public Transport attach(long id, String httpAddress, SnapshotStore snapshots) {
        return new Endpoint(id, httpAddress, snapshots);
    }

    /** Loses everything between {@code node} and the others, both ways. */
    public void isolate(long node) {
        endpoints.keySet().forEach(other -> cut(node, other));
    }

    public void cut(long one, long other) {
        if (one != other) {
            cuts.add(new Cut(one, other));
            cuts.add(new Cut(other, one));
        }
    }

    /** Ends all cuts and the filter. */
    public void heal() {
        cuts.clear();
        filter = message -> true;
    }

    /** Loses the messages that {@code passes} does not let through. */
    public void filter(Predicate<Message> passes) {
        filter = passes;
    }

    private boolean passes(Message message) {
        return !isCut(message.getFrom(), message.getTo()) && filter.test(message);
    }

    private boolean isCut(long from, long to) {
        return cuts.contains(new Cut(from, to));
    }

    private final class Endpoint implements Transport {
        private final long id;
        private final String httpAddress;
        private final SnapshotStore snapshots;
        private final Set<Long> peers = ConcurrentHashMap.newKeySet();
        private final ExecutorService snapshotSender = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "raft-memory-snapshots");
            thread.setDaemon(true);
            return thread;
        });
        private final LongAdder sent = new LongAdder();
        private final LongAdder received = new LongAdder();
        private final LongAdder dropped = new LongAdder();
        private final LongAdder refused = new LongAdder();
        private volatile @Nullable Receiver receiver;

        Endpoint(long id, String httpAddress, SnapshotStore snapshots) {
            this.id = id;
            this.httpAddress = httpAddress;
            this.snapshots = snapshots;
        }

        @Override
        public void start(Receiver receiver) {
            this.receiver = receiver;
            endpoints.put(id, this);
            for (Endpoint other : endpoints.values()) {
                greet(this, other);
                greet(other, this);
            }
        }

        private void greet(Endpoint one, Endpoint other) {
            Receiver told = one.receiver;
            if (one != other && told != null && !isCut(one.id, other.id) && one.admits(other)) {
                told.connected(other.id, other.httpAddress);
            }
        }

        @Override
        public String address() {
            return "memory:" + id;
        }

        @Override
        public boolean send(Message message) {
            Endpoint to = endpoints.get(message.getTo());
            if (to == null || receiver == null || !peers.contains(message.getTo()) || !passes(message)) {
                dropped.increment();
                return false;
            }
            sent.increment();
            to.take(message, this);
            return true;
        }

        /** Whether {@code from} may speak to this one; it is told otherwise. A link that stands stays for a removed one. */
        private boolean admits(Endpoint from) {
            Receiver here = receiver;
            Receiver there = from.receiver;
            if (here == null || there == null) {
                return false;
            }
            Admission admission = here.admit(from.id, there.mark());
            boolean stands = admission == Admission.REMOVED && peers.contains(from.id);
            if (admission != Admission.WELCOME && !stands) {
                if (admission != Admission.NOT_NOW) {
                    there.turnedAway(id, admission);
                }
                return false;
            }
            return true;
        }

        private boolean take(Message message, Endpoint from) {
            Receiver to = receiver;
            if (!admits(from)) {
                return false;
            }
            // As over sockets, where whoever dials says who it is: a node that joins knows nobody.
            peers.add(message.getFrom());
            boolean taken = to != null && to.receive(message);
            (taken ? received : refused).increment();
            return taken;
        }

        @Override
        public void sendSnapshot(Message message) {
            try {
                snapshotSender.execute(() -> {
                    boolean complete = copy(message);
                    Receiver told = receiver;
                    if (told != null) {
                        told.snapshotSent(message.getTo(), complete);
                    }
                });
            } catch (RejectedExecutionException e) {
                dropped.increment();
            }
        }

        private boolean copy(Message message) {
            Endpoint to = endpoints.get(message.getTo());
            if (to == null || !passes(message)) {
                return false;
            }
            var metadata = message.getSnapshot().getMetadata();
            try (var reader = snapshots
                            .read(metadata.getTerm(), metadata.getIndex())
                            .orElseThrow();
                    var incoming = to.snapshots.receive(metadata, reader.fileBytes())) {
                ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
                while (reader.readFile(chunk, incoming.offset()) > 0) {
                    incoming.write(chunk.flip(), incoming.offset());
                    chunk.clear();
                }
                incoming.commit();
            } catch (IOException | NoSuchElementException e) {
                return false;
            }
            return passes(message) && to.take(message, this);
        }

        @Override
        public void putPeer(long peer, String address) {
            if (peer != id) {
                peers.add(peer);
            }
        }

        @Override
        public void removePeer(long peer) {
            peers.remove(peer);
            Endpoint removed = endpoints.get(peer);
            if (removed != null && !isCut(peer, id)) {
                // Over sockets it dials again, and is told.
                admits(removed);
            }
        }

        @Override
        public TransportStatus status() {
            return new TransportStatus(sent.sum(), received.sum(), dropped.sum(), refused.sum(), 0);
        }

        @Override
        public void close() {
            receiver = null;
            endpoints.remove(id, this);
            snapshotSender.shutdownNow();
        }
    }
}
