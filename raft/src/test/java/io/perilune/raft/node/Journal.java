package io.perilune.raft.node;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** A state machine that remembers every command in order; its answer to one is how many came before it. */
final class Journal implements StateMachine {
    private final List<String> commands = new ArrayList<>();
    private long lastIndex;
    private volatile int restores;
    private volatile @Nullable CountDownLatch gate;

    synchronized List<String> commands() {
        return List.copyOf(commands);
    }

    int restores() {
        return restores;
    }

    /** Applying waits from now on until the latch opens. */
    void holdAt(CountDownLatch latch) {
        gate = latch;
    }

    @Override
    public Object apply(long index, long term, long time, ByteBuffer command) {
        CountDownLatch held = gate;
        if (held != null) {
            try {
                held.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        follow(index);
        String text = StandardCharsets.UTF_8.decode(command).toString();
        if (text.equals("poison")) {
            throw new IllegalStateException("the poison was applied");
        }
        synchronized (this) {
            commands.add(text);
            return (long) commands.size() - 1;
        }
    }

    @Override
    public void skip(long index, long term) {
        follow(index);
    }

    private void follow(long index) {
        if (index != lastIndex + 1) {
            throw new IllegalStateException("index " + index + " after " + lastIndex);
        }
        lastIndex = index;
    }

    @Override
    public Capture capture() {
        List<String> copy = commands();
        return out -> write(copy, out);
    }

    private static void write(List<String> copy, OutputStream out) throws IOException {
        DataOutputStream data = new DataOutputStream(out);
        data.writeInt(copy.size());
        for (String command : copy) {
            data.writeUTF(command);
        }
        data.flush();
    }

    @Override
    public synchronized void restore(long index, long term, InputStream captured) throws IOException {
        DataInputStream data = new DataInputStream(captured);
        commands.clear();
        for (int left = data.readInt(); left > 0; left--) {
            commands.add(data.readUTF());
        }
        lastIndex = index;
        restores++;
    }
}
