package io.perilune.raft.bench;

import com.google.protobuf.ByteString;
import io.perilune.raft.core.MemoryStorage;
import io.perilune.raft.core.Node;
import io.perilune.raft.core.Ready;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Messages a second that a follower takes: {@code step} of an append, then its ready and advance with a store in memory.
 * The messages are made beforehand; the follower starts afresh for every thousand of them.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class FollowerStep {
    private static final int MESSAGES = 1_000;
    private static final long TERM = 2;

    @Param({"1", "64"})
    public int entriesPerMessage;

    private final List<Message> appends = new ArrayList<>();
    private MemoryStorage storage;
    private Node follower;

    @Setup
    public void writeMessages() {
        Entry.Builder entry = Entry.newBuilder().setTerm(TERM).setData(ByteString.copyFrom(new byte[128]));
        long last = 1;
        for (int i = 0; i < MESSAGES; i++) {
            Message.Builder append = Message.newBuilder()
                    .setType(MessageType.MSG_APP)
                    .setFrom(1)
                    .setTo(2)
                    .setTerm(TERM)
                    .setIndex(last)
                    .setLogTerm(last == 1 ? 1 : TERM)
                    .setCommit(last);
            for (int k = 0; k < entriesPerMessage; k++) {
                last++;
                append.addEntries(entry.setIndex(last).build());
            }
            appends.add(append.build());
        }
    }

    /** A log can take the messages once. */
    @Setup(Level.Invocation)
    public void startAfresh() {
        storage = MemoryCluster.storage();
        follower = MemoryCluster.node(2, storage);
    }

    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public long stepAppend() {
        for (Message append : appends) {
            follower.step(append);
            Ready ready = follower.ready();
            storage.append(ready.entries());
            follower.advance();
        }
        return storage.lastIndex();
    }
}
