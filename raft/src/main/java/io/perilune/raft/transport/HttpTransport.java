package io.perilune.raft.transport;

import io.perilune.raft.proto.Message;
import io.perilune.raft.storage.SnapshotStore;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.Options;
import org.xnio.SslClientAuthMode;

/**
 * Peers as processes that speak HTTP/1.1 and upgrade to {@code raft/1}: each node listens with an Undertow of its own
 * and dials two links to each peer, on which it sends; what comes back on a link is only proof of life. Snapshot bodies
 * are requests of their own.
 *
 * <p>Who may connect is decided by the headers of the upgrade: cluster, sender, receiver. They are a guard against
 * mistakes, not against enemies; that is what {@link PeerTls} is for.
 */
public final class HttpTransport implements Transport {
    private static final Logger log = LoggerFactory.getLogger(HttpTransport.class);
    /** One thread reads all links: it only parses and enqueues, and moves over a gigabyte a second. */
    private static final int IO_THREADS = 1;

    private static final int SNAPSHOTS_SENT_AT_ONCE = 2;
    private static final long CLOSE_MILLIS_MAX = 2_000;
    /** Connections that were accepted and still go through the thread that reads, one after another, when we stop. */
    private static final int ACCEPTS_UNDER_WAY = 16;

    private volatile Identity self;
    private final LinkOptions options;
    private final SnapshotStore snapshots;
    private final Undertow server;
    private final Intake intake;
    private final Map<Long, Peer> peers = new ConcurrentHashMap<>();
    private final SharedEntries.Recent recent = new SharedEntries.Recent();
    private final ExecutorService snapshotSenders;
    private final Counters counters = new Counters();
    private volatile @Nullable Receiver receiver;
    private volatile boolean closed;

    /** Counts that several classes add to. */
    static final class Counters {
        final LongAdder sent = new LongAdder();
        final LongAdder received = new LongAdder();
        final LongAdder dropped = new LongAdder();
        final LongAdder refused = new LongAdder();
        final LongAdder connects = new LongAdder();
    }

    private record Peer(String address, Map<Purpose, Link> links) {}

    private HttpTransport(
            String clusterId,
            long nodeId,
            String address,
            String httpAddress,
            SnapshotStore snapshots,
            LinkOptions options)
            throws IOException {
        this.options = options;
        this.snapshots = snapshots;
        this.intake = new Intake(clusterId, nodeId, httpAddress, snapshots, options, counters);
        InetSocketAddress bind = Addresses.resolve(address);
        this.server = listener(bind, options.tls())
                .setIoThreads(IO_THREADS)
                .setWorkerThreads(Intake.SNAPSHOTS_TAKEN_AT_ONCE + 1)
                .setServerOption(UndertowOptions.REQUEST_PARSE_TIMEOUT, 5_000)
                .setServerOption(UndertowOptions.MAX_HEADER_SIZE, 16 << 10)
                .setServerOption(UndertowOptions.ENABLE_HTTP2, false)
                .setHandler(intake)
                .build();
        listen(address);
        InetSocketAddress bound =
                (InetSocketAddress) server.getListenerInfo().get(0).getAddress();
        this.self = new Identity(
                clusterId, nodeId, Addresses.format(bind.getHostString(), bound.getPort()), httpAddress, "");
        this.snapshotSenders = Executors.newFixedThreadPool(SNAPSHOTS_SENT_AT_ONCE, task -> {
            Thread thread = new Thread(task, "raft-snapshot-sender");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Binds {@code address}, whose port may be 0; peers are told the bound one. Nothing is taken before {@link #start}.
     *
     * @throws IOException where the address cannot be bound; the message says which and why
     */
    public static HttpTransport bind(
            String clusterId,
            long nodeId,
            String address,
            String httpAddress,
            SnapshotStore snapshots,
            LinkOptions options)
            throws IOException {
        return new HttpTransport(clusterId, nodeId, address, httpAddress, snapshots, options);
    }

    private static Undertow.Builder listener(InetSocketAddress bind, @Nullable PeerTls tls) {
        Undertow.Builder builder = Undertow.builder();
        return tls == null
                ? builder.addHttpListener(bind.getPort(), bind.getHostString())
                : builder.addHttpsListener(bind.getPort(), bind.getHostString(), tls.context())
                        .setSocketOption(Options.SSL_CLIENT_AUTH_MODE, SslClientAuthMode.REQUIRED);
    }

    /** Where this node knows a member to be; null for one that it does not know yet. */
    private @Nullable String known(long id) {
        Peer peer = peers.get(id);
        return peer == null ? null : peer.address();
    }

    private void listen(String address) throws IOException {
        try {
            server.start();
        } catch (RuntimeException e) {
            server.stop();
            boolean taken = e.getCause() instanceof BindException;
            String why = taken ? "the port is in use or the host is not ours" : String.valueOf(e.getMessage());
            throw new IOException("cannot listen for peers on " + address + ": " + why, e);
        }
    }

    @Override
    public void start(Receiver receiver) {
        self = self.marked(receiver.mark());
        this.receiver = receiver;
        intake.start(receiver, this::heard, this::known);
        peers.values().forEach(peer -> peer.links().values().forEach(Link::start));
    }

    @Override
    public String address() {
        return self.address();
    }

    @Override
    public boolean send(Message message) {
        Peer peer = peers.get(message.getTo());
        OutgoingFrame frame = new OutgoingFrame(message, recent);
        boolean taken =
                peer != null && frame.fits() && link(peer, Purpose.of(message)).offer(frame);
        (taken ? counters.sent : counters.dropped).increment();
        return taken;
    }

    private static Link link(Peer peer, Purpose purpose) {
        return java.util.Objects.requireNonNull(peer.links().get(purpose));
    }

    @Override
    public void sendSnapshot(Message message) {
        Peer peer = peers.get(message.getTo());
        try {
            snapshotSenders.execute(() -> post(message, peer));
        } catch (RejectedExecutionException e) {
            log.debug("not sending a snapshot to node {} while closing", message.getTo());
        }
    }

    private void post(Message message, @Nullable Peer peer) {
        boolean complete = false;
        try {
            if (peer == null) {
                throw new IOException("node " + message.getTo() + " is no peer");
            }
            new SnapshotPost(message, peer.address(), self, options).send(snapshots);
            complete = true;
        } catch (IOException | RuntimeException e) {
            log.warn("sending a snapshot to node {} failed: {}", message.getTo(), e.toString());
        } finally {
            tell(complete, message.getTo());
        }
    }

    private void tell(boolean complete, long peer) {
        Receiver told = receiver;
        if (told != null) {
            told.snapshotSent(peer, complete);
        }
    }

    @Override
    public synchronized void putPeer(long id, String address) {
        Peer known = peers.get(id);
        if (closed || id == self.nodeId() || (known != null && known.address().equals(address))) {
            return;
        }
        Addresses.parse(address);
        unlink(id);
        Map<Purpose, Link> links = new EnumMap<>(Purpose.class);
        for (Purpose purpose : Purpose.values()) {
            links.put(purpose, new Link(dialing, id, address, purpose, options));
        }
        peers.put(id, new Peer(address, links));
        if (receiver != null) {
            links.values().forEach(Link::start);
        }
    }

    @Override
    public synchronized void removePeer(long id) {
        unlink(id);
        // It dials again, and is told then that it was removed.
        intake.drop(id);
    }

    private void unlink(long id) {
        Peer peer = peers.remove(id);
        if (peer != null) {
            peer.links().values().forEach(Link::close);
        }
    }

    /** A peer that dials us is up, and says where: the way a node that joins learns of those it was not told of. */
    private void heard(long id, String address) {
        Peer known = peers.get(id);
        if (known == null) {
            putPeer(id, address);
        } else {
            known.links().values().forEach(Link::dialSoon);
        }
    }

    @Override
    public TransportStatus status() {
        return new TransportStatus(
                counters.sent.sum(),
                counters.received.sum(),
                counters.dropped.sum(),
                counters.refused.sum(),
                counters.connects.sum());
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        snapshotSenders.shutdownNow();
        peers.values().forEach(peer -> peer.links().values().forEach(Link::close));
        intake.close();
        stopListening();
        awaitLinks();
    }

    /** Accepting ends before the socket goes, or the thread that accepts stumbles over it and logs that as an error. */
    private void stopListening() {
        server.getListenerInfo().forEach(Undertow.ListenerInfo::suspend);
        try {
            for (int i = 0; i < ACCEPTS_UNDER_WAY; i++) {
                CountDownLatch passed = new CountDownLatch(1);
                server.getWorker().getIoThread().execute(passed::countDown);
                passed.await(CLOSE_MILLIS_MAX, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        server.stop();
    }

    private void awaitLinks() {
        try {
            for (Peer peer : peers.values()) {
                for (Link link : peer.links().values()) {
                    link.awaitEnd(CLOSE_MILLIS_MAX);
                }
            }
            snapshotSenders.awaitTermination(CLOSE_MILLIS_MAX, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final Links dialing = new Links() {
        private final Map<Long, String> refusals = new ConcurrentHashMap<>();

        @Override
        public Identity self() {
            return self;
        }

        @Override
        public boolean connected(long peer, String httpAddress, String mark) {
            Receiver told = receiver;
            if (told == null) {
                return false;
            }
            Admission admission = told.admit(peer, mark);
            if (admission != Admission.WELCOME) {
                String said = "not speaking to it: " + admission;
                if (!said.equals(refusals.put(peer, said))) {
                    log.warn("node {} is not who it was, {}", peer, said);
                }
                return false;
            }
            counters.connects.increment();
            refusals.remove(peer);
            told.connected(peer, httpAddress);
            return true;
        }

        @Override
        public void refused(long peer, String address, int status, String reason) {
            String said = status + " " + reason.strip();
            // It will be refused again and again; once is enough to say.
            boolean news = !said.equals(refusals.put(peer, said));
            if (news && status == Intake.UNAVAILABLE) {
                log.debug("node {} at {} takes no links now: {}", peer, address, said);
            } else if (news) {
                log.warn("node {} at {} refused the link: {}", peer, address, said);
            }
            Receiver told = receiver;
            if (told != null && status == Intake.GONE) {
                told.turnedAway(peer, Admission.REMOVED);
            } else if (told != null && status == Intake.CONFLICT) {
                told.turnedAway(peer, Admission.OTHER_DATA);
            }
        }

        @Override
        public void gone(long peer) {
            Receiver told = receiver;
            if (told != null && !closed) {
                told.gone(peer);
            }
        }

        @Override
        public void broke(long peer) {
            Receiver told = receiver;
            if (told != null && !closed) {
                told.unreachable(peer);
            }
        }

        @Override
        public void lost(long peer, int count) {
            counters.dropped.add(count);
        }
    };
}
