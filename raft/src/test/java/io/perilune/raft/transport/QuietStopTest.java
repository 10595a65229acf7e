package io.perilune.raft.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.raft.storage.DiskFiles;
import io.perilune.raft.storage.SnapshotStore;
import io.perilune.raft.storage.StorageIdentity;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class QuietStopTest {
    private static final int ROUNDS = 20;

    @TempDir
    Path directory;

    /** What the libraries below log through, in tests. */
    private static final class Heard extends Handler {
        final ConcurrentLinkedQueue<LogRecord> errors = new ConcurrentLinkedQueue<>();

        @Override
        public void publish(LogRecord record) {
            if (record.getLevel().intValue() >= Level.SEVERE.intValue() || record.getThrown() != null) {
                errors.add(record);
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    @Test
    void stopping_while_others_connect_logs_no_error() throws Exception {
        Logger xnio = Logger.getLogger("org.xnio");
        Heard heard = new Heard();
        xnio.addHandler(heard);
        SnapshotStore store = SnapshotStore.open(new DiskFiles(), directory, new StorageIdentity(1, 1));
        try {
            for (int i = 0; i < ROUNDS; i++) {
                stopUnderConnections(store);
            }
        } finally {
            xnio.removeHandler(heard);
        }
        assertThat(List.copyOf(heard.errors)).isEmpty();
    }

    private static void stopUnderConnections(SnapshotStore store) throws Exception {
        HttpTransport transport = HttpTransport.bind("c", 1, "127.0.0.1:0", "", store, LinkOptions.DEFAULT);
        transport.start(new Inbox());
        InetSocketAddress address = Addresses.resolve(transport.address());
        AtomicBoolean stop = new AtomicBoolean();
        Thread connecting = new Thread(() -> connect(address, stop));
        connecting.start();
        transport.close();
        stop.set(true);
        connecting.join();
    }

    private static void connect(InetSocketAddress address, AtomicBoolean stop) {
        while (!stop.get()) {
            try (Socket socket = new Socket()) {
                socket.connect(address, 1_000);
            } catch (IOException e) {
                stop.set(true);
            }
        }
    }
}
