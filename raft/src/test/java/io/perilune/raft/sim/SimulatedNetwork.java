package io.perilune.raft.sim;

import com.google.protobuf.InvalidProtocolBufferException;
import io.perilune.raft.proto.Message;
import io.perilune.raft.storage.SnapshotStore;
import io.perilune.raft.transport.Admission;
import io.perilune.raft.transport.Receiver;
import io.perilune.raft.transport.Transport;
import io.perilune.raft.transport.TransportStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.Set;

/** Carries encoded messages late, out of order, twice or not at all, and only where no cut is. One thread uses it. */
final class SimulatedNetwork {
    private static final int DELAY_NANOS_MAX = 4_000_000;
    private static final int UNDER_WAY_MAX = 512;

    private record Cut(long from, long to) {}

    private final SimulatedWorkers workers;
    private final Random chance;
    private final Map<Long, Endpoint> endpoints = new HashMap<>();
    private final Set<Cut> cuts = new HashSet<>();
    private int lossPercent;

    SimulatedNetwork(SimulatedWorkers workers, Random chance, int lossPercent) {
        this.workers = workers;
        this.chance = chance;
        this.lossPercent = lossPercent;
    }

    /** One way. */
    void cut(long from, long to) {
        cuts.add(new Cut(from, to));
    }

    void endCuts() {
        cuts.clear();
    }

    void loseNothing() {
        lossPercent = 0;
    }

    Transport attach(long id, SnapshotStore store) {
        return new Endpoint(id, store);
    }

    /** The process has ended. */
    void detach(long id) {
        endpoints.remove(id);
    }

    private final class Endpoint implements Transport {
        private final long id;
        private final SnapshotStore store;
        private final Set<Long> peers = new HashSet<>();
        private Receiver receiver;
        private int underWay;

        Endpoint(long id, SnapshotStore store) {
            this.id = id;
            this.store = store;
        }

        @Override
        public void start(Receiver told) {
            receiver = told;
            endpoints.put(id, this);
        }

        @Override
        public String address() {
            return "sim:" + id;
        }

        @Override
        public boolean send(Message message) {
            if (!peers.contains(message.getTo()) || underWay >= UNDER_WAY_MAX) {
                return false;
            }
            byte[] bytes = message.toByteArray();
            for (int copies = chance.nextInt(20) == 0 ? 2 : 1; copies > 0; copies--) {
                underWay++;
                workers.after(delay(), () -> {
                    underWay--;
                    arrive(message.getTo(), bytes);
                });
            }
            return true;
        }

        private long delay() {
            return 1 + chance.nextInt(DELAY_NANOS_MAX);
        }

        private boolean passes(long to) {
            return !cuts.contains(new Cut(id, to)) && chance.nextInt(100) >= lossPercent;
        }

        private boolean arrive(long to, byte[] bytes) {
            Endpoint other = endpoints.get(to);
            if (other == null || !passes(to) || other.receiver.admit(id, mark()) != Admission.WELCOME) {
                return false;
            }
            other.peers.add(id);
            try {
                return other.receiver.receive(Message.parseFrom(bytes));
            } catch (InvalidProtocolBufferException e) {
                throw new IllegalStateException(e);
            }
        }

        private String mark() {
            return receiver.mark();
        }

        @Override
        public void sendSnapshot(Message message) {
            workers.after(delay(), () -> {
                // A sender that has ended is not told.
                if (endpoints.get(id) == this) {
                    receiver.snapshotSent(message.getTo(), copy(message));
                }
            });
        }

        private boolean copy(Message message) {
            Endpoint to = endpoints.get(message.getTo());
            if (to == null || !passes(to.id)) {
                return false;
            }
            var metadata = message.getSnapshot().getMetadata();
            try (var reader =
                            store.read(metadata.getTerm(), metadata.getIndex()).orElseThrow();
                    var incoming = to.store.receive(metadata, reader.fileBytes())) {
                ByteBuffer chunk = ByteBuffer.allocate(4_096);
                while (reader.readFile(chunk, incoming.offset()) > 0) {
                    incoming.write(chunk.flip(), incoming.offset());
                    chunk.clear();
                }
                incoming.commit();
            } catch (IOException | NoSuchElementException e) {
                return false;
            }
            return arrive(to.id, message.toByteArray());
        }

        @Override
        public void putPeer(long peer, String address) {
            peers.add(peer);
        }

        @Override
        public void removePeer(long peer) {
            peers.remove(peer);
        }

        @Override
        public TransportStatus status() {
            return new TransportStatus(0, 0, 0, 0, 0);
        }

        @Override
        public void close() {
            endpoints.remove(id, this);
        }
    }
}
