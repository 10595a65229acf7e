package io.perilune.raft.transport;

import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.SnapshotMetadata;
import io.perilune.raft.storage.SnapshotStore;
import io.perilune.raft.transport.HttpTransport.Counters;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.RenegotiationRequiredException;
import io.undertow.server.SSLSessionInfo;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import io.undertow.util.Protocols;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.BiConsumer;
import java.util.function.LongFunction;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listening side: checks who is there, turns upgrade requests into {@link IncomingLink}s and snapshot requests into
 * stored bodies. A refusal is a status with a line of text that says why.
 */
final class Intake implements HttpHandler {
    private static final Logger log = LoggerFactory.getLogger(Intake.class);
    static final int SNAPSHOTS_TAKEN_AT_ONCE = 1;
    /** Links at once; a peer has two, and leftovers of broken ones last until they have been silent for too long. */
    private static final int LINKS_MAX = 256;

    private static final int BAD_REQUEST = 400;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    static final int GONE = 410;
    static final int CONFLICT = 409;
    private static final int OTHER_CLUSTER = 412;
    private static final int MISDIRECTED = 421;
    private static final int UPGRADE_REQUIRED = 426;
    static final int UNAVAILABLE = 503;

    private final String clusterId;
    private final long nodeId;
    private final String httpAddress;
    private final SnapshotStore store;
    private final LinkOptions options;
    private final Counters counters;
    private final Set<IncomingLink> links = ConcurrentHashMap.newKeySet();
    private final Semaphore snapshots = new Semaphore(SNAPSHOTS_TAKEN_AT_ONCE);
    private volatile @Nullable Receiver receiver;
    private volatile BiConsumer<Long, String> heard = (id, address) -> {};
    private volatile LongFunction<@Nullable String> known = id -> null;

    Intake(
            String clusterId,
            long nodeId,
            String httpAddress,
            SnapshotStore store,
            LinkOptions options,
            Counters counters) {
        this.clusterId = clusterId;
        this.nodeId = nodeId;
        this.httpAddress = httpAddress;
        this.store = store;
        this.options = options;
        this.counters = counters;
    }

    /**
     * @param heard takes id and address of a peer that connects
     * @param known gives the address of a peer, or null for one that is not known yet
     */
    void start(Receiver receiver, BiConsumer<Long, String> heard, LongFunction<@Nullable String> known) {
        this.heard = heard;
        this.known = known;
        this.receiver = receiver;
    }

    void close() {
        receiver = null;
        links.forEach(IncomingLink::close);
    }

    /** Ends the links of a peer. */
    void drop(long peer) {
        links.stream().filter(link -> link.peer() == peer).forEach(IncomingLink::close);
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) {
        Receiver to = receiver;
        if (to == null) {
            refuse(exchange, UNAVAILABLE, "this node is starting or stopping");
            return;
        }
        Caller caller = check(exchange, to);
        if (caller == null) {
            return;
        }
        switch (exchange.getRequestPath()) {
            case Hello.PATH -> upgrade(exchange, caller, to);
            case Hello.SNAPSHOT_PATH -> takeSnapshot(exchange, caller, to);
            default -> refuse(exchange, NOT_FOUND, "this port is for the peers of a cluster, not for its users");
        }
    }

    private record Caller(long id, String address, String httpAddress) {}

    /** @return null where the exchange was refused */
    private @Nullable Caller check(HttpServerExchange exchange, Receiver to) {
        String cluster = header(exchange, Hello.CLUSTER);
        String address = header(exchange, Hello.ADDRESS);
        String http = header(exchange, Hello.HTTP);
        long from = number(header(exchange, Hello.FROM));
        long target = number(header(exchange, Hello.TO));
        if (from <= 0 || target <= 0 || from == nodeId || !isAddress(address)) {
            refuse(exchange, BAD_REQUEST, "the headers do not name a peer of this node");
        } else if (!cluster.equals(clusterId)) {
            refuse(
                    exchange,
                    OTHER_CLUSTER,
                    "this node belongs to cluster " + clusterId + ", not " + printable(cluster));
        } else if (target != nodeId) {
            refuse(exchange, MISDIRECTED, "this is node " + nodeId + ", not " + target);
        } else if (!isProven(exchange, from, address)) {
            refuse(exchange, FORBIDDEN, "the certificate is not one of node " + from + ", whose host it has to name");
        } else {
            return switch (to.admit(from, header(exchange, Hello.MARK))) {
                case WELCOME -> new Caller(from, address, http);
                case REMOVED -> {
                    refuse(exchange, GONE, "node " + from + " was removed from the cluster");
                    yield null;
                }
                case OTHER_DATA -> {
                    refuse(exchange, CONFLICT, "node " + from + " was here before with other data");
                    yield null;
                }
                case NOT_NOW -> {
                    refuse(exchange, UNAVAILABLE, "this node cannot remember anybody at present");
                    yield null;
                }
            };
        }
        return null;
    }

    /** Whether the certificate is for the host of the member that the caller says it is. */
    private boolean isProven(HttpServerExchange exchange, long from, String claimed) {
        if (options.tls() == null) {
            return true;
        }
        String address = known.apply(from);
        String host = Addresses.parse(address == null ? claimed : address).getHostString();
        SSLSessionInfo session = exchange.getConnection().getSslSessionInfo();
        try {
            return session != null && PeerTls.names(session.getPeerCertificates(), host);
        } catch (SSLPeerUnverifiedException | RenegotiationRequiredException none) {
            return false;
        }
    }

    private void upgrade(HttpServerExchange exchange, Caller caller, Receiver to) {
        boolean wanted = Hello.PRODUCT.equals(exchange.getRequestHeaders().getFirst(Headers.UPGRADE));
        if (!wanted || !exchange.getProtocol().equals(Protocols.HTTP_1_1)) {
            exchange.getResponseHeaders().put(Headers.UPGRADE, Hello.PRODUCT);
            refuse(exchange, UPGRADE_REQUIRED, "peers upgrade to " + Hello.PRODUCT);
            return;
        }
        if (links.size() >= LINKS_MAX) {
            refuse(exchange, UNAVAILABLE, "too many links");
            return;
        }
        exchange.getResponseHeaders()
                .put(new HttpString(Hello.HTTP), httpAddress)
                .put(new HttpString(Hello.FROM), nodeId)
                .put(new HttpString(Hello.MARK), to.mark());
        exchange.upgradeChannel(Hello.PRODUCT, (connection, done) -> {
            IncomingLink link = new IncomingLink(connection, caller.id(), to, counters, options, links::remove);
            links.add(link);
            link.start();
            if (receiver == null) {
                link.close();
            }
        });
        to.connected(caller.id(), caller.httpAddress());
        heard.accept(caller.id(), caller.address());
    }

    /** A GET asks how much of a snapshot is here, a POST brings the rest; both touch the disk, on a worker thread. */
    private void takeSnapshot(HttpServerExchange exchange, Caller caller, Receiver to) {
        if (!snapshots.tryAcquire()) {
            refuse(exchange, UNAVAILABLE, "other snapshots are being taken");
            return;
        }
        exchange.dispatch(() -> {
            try {
                exchange.startBlocking();
                answerSnapshot(exchange, caller, to);
            } catch (IOException | RuntimeException e) {
                log.warn("taking a snapshot from node {} failed: {}", caller.id(), e.toString());
                refuseBlocking(exchange, String.valueOf(e.getMessage()));
            } finally {
                snapshots.release();
                exchange.endExchange();
            }
        });
    }

    private void answerSnapshot(HttpServerExchange exchange, Caller caller, Receiver to) throws IOException {
        Message message = SnapshotPost.message(header(exchange, SnapshotPost.MESSAGE), caller.id(), nodeId);
        SnapshotMetadata metadata = message.getSnapshot().getMetadata();
        long fileBytes = number(header(exchange, SnapshotPost.FILE_BYTES));
        if (fileBytes <= 0) {
            throw new IOException("a snapshot of " + fileBytes + " bytes");
        }
        if (exchange.getRequestMethod().equals(Methods.GET)) {
            long offset = SnapshotPost.offset(store, metadata, fileBytes);
            exchange.getResponseHeaders().put(new HttpString(SnapshotPost.OFFSET), offset);
            return;
        }
        exchange.setMaxEntitySize(-1);
        long offset = number(header(exchange, SnapshotPost.OFFSET));
        SnapshotPost.receive(exchange.getInputStream(), store, metadata, fileBytes, offset);
        exchange.setStatusCode(to.receive(message) ? 204 : UNAVAILABLE);
    }

    private static void refuseBlocking(HttpServerExchange exchange, String reason) {
        if (exchange.isResponseStarted()) {
            return;
        }
        exchange.setStatusCode(BAD_REQUEST);
        exchange.setPersistent(false);
        try {
            exchange.getOutputStream().write(reason.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            log.debug("the peer did not wait for the reason: {}", e.toString());
        }
    }

    private static void refuse(HttpServerExchange exchange, int status, String reason) {
        exchange.setStatusCode(status);
        exchange.setPersistent(false);
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/plain; charset=utf-8");
        exchange.getResponseSender().send(reason + "\n");
    }

    private static String header(HttpServerExchange exchange, String name) {
        String value = exchange.getRequestHeaders().getFirst(name);
        return value == null ? "" : value;
    }

    private static String printable(String text) {
        return Hello.isValue(text) ? text : "another";
    }

    private static boolean isAddress(String text) {
        try {
            Addresses.parse(text);
            return Hello.isValue(text);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
