package io.perilune.raft.transport;

import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One long-lived connection to one peer, dialed from here, with the queue before it. Its writer thread dials, drains
 * the queue with many frames to a flush, and dials again when the connection breaks; a reader thread lives as long as a
 * connection and takes the answers to pings, so that a dead peer is noticed while nothing is sent.
 */
final class Link {
    private static final Logger log = LoggerFactory.getLogger(Link.class);
    private static final int BUFFER_BYTES = 256 << 10;
    private static final byte[] PING = Frames.empty(Frames.PING);

    private final Links owner;
    private final long peer;
    private final String address;
    private final Purpose purpose;
    private final LinkOptions options;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    /** The fields below belong to the lock. */
    private ArrayDeque<OutgoingFrame> queue = new ArrayDeque<>();

    private long queuedBytes;
    private boolean connected;
    private boolean closed;
    private boolean dialNow;
    private @Nullable Socket socket;

    /** Bytes that the writer got rid of; a link that still moves is not dead, however late its pongs. */
    private volatile long writtenBytes;

    private final Thread writer;

    Link(Links owner, long peer, String address, Purpose purpose, LinkOptions options) {
        this.owner = owner;
        this.peer = peer;
        this.address = address;
        this.purpose = purpose;
        this.options = options;
        this.writer = new Thread(this::run, "raft-link-" + peer + "-" + purpose.label());
        this.writer.setDaemon(true);
    }

    void start() {
        writer.start();
    }

    String address() {
        return address;
    }

    /** @return false where the frame goes nowhere */
    boolean offer(OutgoingFrame frame) {
        lock.lock();
        try {
            boolean room = queue.size() < options.queueCount() && queuedBytes + frame.bytes() <= options.queueBytes();
            if (!connected || closed || !room) {
                return false;
            }
            queue.add(frame);
            queuedBytes += frame.bytes();
            changed.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the pause between two attempts, since there is reason to think that the peer is back. */
    void dialSoon() {
        lock.lock();
        try {
            dialNow = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Breaks the connection and stops dialing. The threads end soon after. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
            closeQuietly(socket);
        } finally {
            lock.unlock();
        }
    }

    void awaitEnd(long millis) throws InterruptedException {
        writer.join(millis);
    }

    private void run() {
        long pauseMillis = options.redialFirst().toMillis();
        while (!isClosed()) {
            boolean worked = false;
            try (Socket fresh = options.sockets().createSocket()) {
                worked = converse(fresh);
            } catch (ConnectException e) {
                owner.gone(peer);
                log.debug("node {} does not listen at {}", peer, address);
            } catch (IOException e) {
                logEnd(e);
            } catch (RuntimeException e) {
                log.error("the link to node {} at {} failed", peer, address, e);
            }
            pauseMillis = worked
                    ? options.redialFirst().toMillis()
                    : Math.min(2 * pauseMillis, options.redialMax().toMillis());
            pause(pauseMillis);
        }
    }

    private void logEnd(IOException e) {
        if (!isClosed()) {
            log.debug("the {} link to node {} at {} ended: {}", purpose.label(), peer, address, e.toString());
        }
    }

    /** @return whether there was a conversation at all */
    private boolean converse(Socket fresh) throws IOException {
        if (!adopt(fresh)) {
            return false;
        }
        boolean upgraded = false;
        try {
            connect(fresh);
            // Whoever closes this link closes the socket beneath: TLS would have it wait for its turn to say goodbye.
            Socket spoken = options.spoken(fresh, address);
            upgraded = upgrade(spoken);
            if (upgraded) {
                startReading(spoken, fresh);
                write(new BufferedOutputStream(spoken.getOutputStream(), BUFFER_BYTES));
            }
        } catch (IOException e) {
            if (!upgraded) {
                throw e;
            }
            logEnd(e);
        } finally {
            release(upgraded);
        }
        return upgraded;
    }

    private void startReading(Socket spoken, Socket fresh) {
        Thread reader = new Thread(() -> read(spoken, fresh), writer.getName() + "-reader");
        reader.setDaemon(true);
        reader.start();
    }

    private boolean adopt(Socket fresh) {
        lock.lock();
        try {
            dialNow = false;
            socket = fresh;
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    private void connect(Socket fresh) throws IOException {
        int timeout = (int) options.connectTimeout().toMillis();
        fresh.setTcpNoDelay(true);
        fresh.connect(Addresses.resolve(address), timeout);
        if (fresh.getLocalSocketAddress().equals(fresh.getRemoteSocketAddress())) {
            // A loopback port that nobody listens on can be picked as the local end of the very attempt to reach it.
            throw new ConnectException("connected to itself");
        }
        fresh.setSoTimeout(timeout);
    }

    private boolean upgrade(Socket fresh) throws IOException {
        OutputStream out = fresh.getOutputStream();
        out.write(Hello.request(
                "GET", Hello.PATH, owner.self(), peer, "Connection", "Upgrade", "Upgrade", Hello.PRODUCT));
        out.flush();
        InputStream in = fresh.getInputStream();
        ResponseHead response = ResponseHead.read(in);
        if (response.status() != 101) {
            owner.refused(peer, address, response.status(), response.reason(in));
            return false;
        }
        if (!owner.connected(peer, response.header(Hello.HTTP), response.header(Hello.MARK))) {
            return false;
        }
        fresh.setSoTimeout((int) options.silenceMax().toMillis());
        lock.lock();
        try {
            connected = true;
        } finally {
            lock.unlock();
        }
        return true;
    }

    private void write(OutputStream out) throws IOException {
        long pingNanos = options.pingInterval().toNanos();
        long nextPing = System.nanoTime();
        ArrayDeque<OutgoingFrame> batch = new ArrayDeque<>();
        while (true) {
            batch = takeAll(batch, nextPing);
            if (!isConnected()) {
                owner.lost(peer, batch.size());
                return;
            }
            writeBatch(batch, out);
            if (System.nanoTime() - nextPing >= 0) {
                out.write(PING);
                nextPing = System.nanoTime() + pingNanos;
            }
            out.flush();
        }
    }

    private void writeBatch(ArrayDeque<OutgoingFrame> batch, OutputStream out) throws IOException {
        try {
            for (OutgoingFrame frame = batch.peek(); frame != null; frame = batch.peek()) {
                frame.writeTo(out);
                writtenBytes += frame.bytes();
                batch.remove();
            }
        } finally {
            owner.lost(peer, batch.size());
            batch.clear();
        }
    }

    /** Swaps the queue for an empty one as soon as there is something in it, or a ping is due. */
    private ArrayDeque<OutgoingFrame> takeAll(ArrayDeque<OutgoingFrame> empty, long untilNanos) {
        lock.lock();
        try {
            while (queue.isEmpty() && connected && !closed) {
                long left = untilNanos - System.nanoTime();
                if (left <= 0) {
                    return empty;
                }
                changed.awaitNanos(left);
            }
            ArrayDeque<OutgoingFrame> full = queue;
            queue = empty;
            queuedBytes = 0;
            return full;
        } catch (InterruptedException e) {
            closed = true;
            return empty;
        } finally {
            lock.unlock();
        }
    }

    /** @param from what is spoken over {@code carrier}, or the same */
    private void read(Socket from, Socket carrier) {
        try {
            FrameDecoder decoder = new FrameDecoder((type, bytes, length) -> requirePong(type));
            byte[] buffer = new byte[1024];
            long writtenBefore = -1;
            while (true) {
                try {
                    int count = from.getInputStream().read(buffer);
                    if (count < 0) {
                        throw new EOFException("the peer closed it");
                    }
                    decoder.decode(ByteBuffer.wrap(buffer, 0, count));
                } catch (SocketTimeoutException e) {
                    if (writtenBytes == writtenBefore) {
                        throw e;
                    }
                    writtenBefore = writtenBytes;
                }
            }
        } catch (IOException e) {
            logEnd(e);
        } catch (RuntimeException e) {
            log.error("reading the link to node {} failed", peer, e);
        } finally {
            broke(carrier);
        }
    }

    private static void requirePong(byte type) throws IOException {
        if (type != Frames.PONG) {
            throw new IOException("a frame of type " + type + " on the way back");
        }
    }

    /** Called by the reader: wakes the writer, which may be waiting for work or inside a write. */
    private void broke(Socket carrier) {
        lock.lock();
        try {
            if (socket == carrier) {
                connected = false;
                changed.signal();
            }
            closeQuietly(carrier);
        } finally {
            lock.unlock();
        }
    }

    private void release(boolean upgraded) {
        int lost;
        lock.lock();
        try {
            connected = false;
            lost = queue.size();
            queue.clear();
            queuedBytes = 0;
            socket = null;
        } finally {
            lock.unlock();
        }
        owner.lost(peer, lost);
        if (upgraded && !isClosed()) {
            owner.broke(peer);
        }
    }

    private void pause(long millis) {
        lock.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(millis);
            while (left > 0 && !closed && !dialNow) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    private boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    private boolean isConnected() {
        lock.lock();
        try {
            return connected && !closed;
        } finally {
            lock.unlock();
        }
    }

    private static void closeQuietly(@Nullable Socket socket) {
        if (socket == null) {
            return;
        }
        try {
            socket.close();
        } catch (IOException e) {
            log.debug("closing a socket failed: {}", e.toString());
        }
    }
}
