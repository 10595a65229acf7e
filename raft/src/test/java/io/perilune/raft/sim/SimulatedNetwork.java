package io.perilune.raft.sim;

import io.perilune.raft.proto.Message;
import io.perilune.raft.storage.SnapshotStore;
import io.perilune.raft.transport.Admission;
import io.perilune.raft.transport.Receiver;
import io.perilune.raft.transport.Transport;
import io.perilune.raft.transport.TransportStatus;
import io.perilune.raft.transport.WireCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/** Carries encoded messages late, out of order, twice or not at all, and only where no cut is. One thread uses it. */
final class SimulatedNetwork {
    private static final int DELAY_NANOS_MAX = 4_000_000;
    private static final int UNDER_WAY_MAX = 512;
    private static final long DIAL_NANOS = 200_000_000;

    private record Cut(long from, long to) {}

    private final SimulatedWorkers workers;
    private final Random chance;
    private final Map<Long, Endpoint> endpoints = new TreeMap<>();
    private final Set<Cut> cuts = new HashSet<>();
    private final Consumer<Message> wiretap;
    private int lossPercent;

    /** @param wiretap sees each message when it is sent */
    SimulatedNetwork(SimulatedWorkers workers, Random chance, int lossPercent, Consumer<Message> wiretap) {
        this.workers = workers;
        this.chance = chance;
        this.lossPercent = lossPercent;
        this.wiretap = wiretap;
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

    /** @param crashed ends the process, when that happens while it writes what arrives */
    Transport attach(long id, SnapshotStore store, Runnable crashed) {
        // Addresses are not looked at: whoever is told of a peer finds it by its id.
        return new Endpoint(id, store, crashed);
    }

    /** The process has ended: its connections close, which those who still hear it learn after a while. */
    void detach(long id) {
        if (endpoints.remove(id) == null) {
            return;
        }
        for (Endpoint other : List.copyOf(endpoints.values())) {
            workers.after(1 + chance.nextInt(DELAY_NANOS_MAX), () -> {
                boolean heard = !cuts.contains(new Cut(id, other.id));
                if (heard && endpoints.get(other.id) == other && other.peers.contains(id)) {
                    other.receiver.unreachable(id);
                    if (endpoints.get(id) == null) {
                        other.receiver.gone(id);
                    }
                }
            });
        }
    }

    private final class Endpoint implements Transport {
        private final long id;
        private final SnapshotStore store;
        private final Runnable crashed;
        private final Set<Long> peers = new TreeSet<>();
        private Receiver receiver;
        private final WireCodec codec = new WireCodec();
        private int underWay;

        Endpoint(long id, SnapshotStore store, Runnable crashed) {
            this.id = id;
            this.crashed = crashed;
            this.store = store;
        }

        @Override
        public void start(Receiver told) {
            receiver = told;
            endpoints.put(id, this);
            dial();
        }

        /** Again and again, as links do that do not stand: the way to learn that one is not welcome. */
        private void dial() {
            if (endpoints.get(id) != this) {
                return;
            }
            for (long peer : List.copyOf(peers)) {
                Endpoint other = endpoints.get(peer);
                if (other != null && passes(peer) && admitted(other)) {
                    other.receiver.connected(id, "");
                }
            }
            workers.after(DIAL_NANOS, this::dial);
        }

        private boolean admitted(Endpoint by) {
            Admission admission;
            try {
                admission = by.receiver.admit(id, mark());
            } catch (SimulatedDisk.Crashed e) {
                // It writes down whom it has met.
                by.crashed.run();
                return false;
            }
            if (admission != Admission.WELCOME && admission != Admission.NOT_NOW && endpoints.get(id) == this) {
                receiver.turnedAway(by.id, admission);
            }
            return admission == Admission.WELCOME;
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
            wiretap.accept(message);
            byte[] bytes = codec.encode(message);
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
            if (other == null || !passes(to) || !admitted(other)) {
                return false;
            }
            other.peers.add(id);
            return other.receiver.receive(WireCodec.decode(bytes, chance));
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
            } catch (SimulatedDisk.Crashed e) {
                // It writes what arrives.
                to.crashed.run();
                return false;
            }
            wiretap.accept(message);
            return arrive(to.id, codec.encode(message));
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
