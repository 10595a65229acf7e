package io.perilune.raft.bench;

import com.google.protobuf.ByteString;
import io.perilune.raft.proto.Entry;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Entries a second from proposal to applied on three nodes, all on one thread, and bytes allocated for each. The payload
 * is one shared object, so that what is counted is what the three cores and their stores add to it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class Replication {
    private static final int PAYLOAD_BYTES = 128;
    private static final int BATCH = 64;

    private MemoryCluster cluster;
    private List<Entry> one;
    private List<Entry> batch;

    @Setup
    public void elect() {
        Entry entry = Entry.newBuilder()
                .setData(ByteString.copyFrom(new byte[PAYLOAD_BYTES]))
                .build();
        cluster = new MemoryCluster();
        one = List.of(entry);
        batch = Collections.nCopies(BATCH, entry);
    }

    @TearDown
    public void check() {
        if (!cluster.agrees()) {
            throw new IllegalStateException("the nodes did not agree");
        }
    }

    @Benchmark
    public long proposalsOf1() {
        return cluster.replicate(one);
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long proposalsOf64() {
        return cluster.replicate(batch);
    }
}
