package io.perilune.raft.node;

import io.perilune.raft.storage.DiskFiles;
import io.perilune.raft.storage.Files;
import io.perilune.raft.storage.SnapshotStore;
import io.perilune.raft.storage.WalOptions;
import io.perilune.raft.transport.HttpTransport;
import io.perilune.raft.transport.LinkOptions;
import io.perilune.raft.transport.Transport;
import java.io.IOException;

/**
 * The world a server runs in: disk, network, threads and clock. {@link #real} is the machine's; tests bring others.
 *
 * @param inlineSegments whether log segments are prepared by the log writer itself instead of a thread beside it
 */
public record Environment(
        Files files, Workers workers, TransportFactory transports, WalOptions wal, boolean inlineSegments) {
    /** Makes the transport of a server, whose snapshots are in {@code store}. */
    @FunctionalInterface
    public interface TransportFactory {
        Transport open(RaftOptions options, SnapshotStore store) throws IOException;
    }

    public static Environment real() {
        return new Environment(new DiskFiles(), new ThreadWorkers(), Environment::http, WalOptions.DEFAULT, false);
    }

    public Environment withFiles(Files disk) {
        return new Environment(disk, workers, transports, wal, inlineSegments);
    }

    public Environment withTransports(TransportFactory factory) {
        return new Environment(files, workers, factory, wal, inlineSegments);
    }

    public Environment withWal(WalOptions options) {
        return new Environment(files, workers, transports, options, inlineSegments);
    }

    private static Transport http(RaftOptions options, SnapshotStore store) throws IOException {
        return HttpTransport.bind(
                options.clusterId(),
                options.nodeId(),
                options.raftAddress(),
                options.httpAddress(),
                store,
                LinkOptions.DEFAULT.withTls(options.tls()));
    }
}
