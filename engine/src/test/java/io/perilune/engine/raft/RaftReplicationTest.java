package io.perilune.engine.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.engine.Engine;
import io.perilune.engine.EngineOptions;
import io.perilune.engine.ReadOptions;
import io.perilune.engine.Reply;
import io.perilune.engine.Request;
import io.perilune.engine.Values;
import io.perilune.engine.View;
import io.perilune.engine.apply.Applied;
import io.perilune.engine.apply.Applier;
import io.perilune.engine.apply.Scripts;
import io.perilune.engine.apply.Transition;
import io.perilune.engine.codec.EntryCodec;
import io.perilune.engine.codec.Instruction;
import io.perilune.engine.codec.Work;
import io.perilune.engine.replication.Replication.Barrier;
import io.perilune.engine.replication.Replication.Consistency;
import io.perilune.engine.replication.Replication.Proposal;
import io.perilune.raft.node.RaftOptions;
import io.perilune.raft.node.RaftOptions.SnapshotPolicy;
import io.perilune.scripting.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One engine over a real log in a real directory. */
class RaftReplicationTest {
    private static final long TIMEOUT = 20_000;
    private static final String SCRIPT = "function commands.put(a) put(a.key, a.value) return ctx.index end";

    @TempDir
    Path directory;

    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

    private Engine start(SnapshotPolicy snapshots) {
        var options = RaftOptions.of("test", 1, directory, "127.0.0.1:0", Map.of(1L, "127.0.0.1:0"))
                .withSnapshots(snapshots);
        return Engine.start(EngineOptions.DEFAULT, state -> {
            try {
                return RaftReplication.start(options, state, failures::add);
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
    }

    private static <T> T await(CompletableFuture<T> future) {
        return future.orTimeout(TIMEOUT, TimeUnit.MILLISECONDS).join();
    }

    private static Reply deploy(Engine engine) {
        var files = new TreeMap<>(Map.of("main.lua", Bytes.utf8(SCRIPT)));
        return await(engine.submit(new Request.Deploy("m", files, true, null), TIMEOUT));
    }

    private static Reply put(Engine engine, int i) {
        var argument = Values.of(Map.of("key", "k" + i % 50, "value", i));
        return await(engine.submit(new Request.Call("m", "put", argument, "key" + i, null), TIMEOUT));
    }

    private static View.Machine machine(Engine engine) {
        var read = await(engine.read(new ReadOptions(Consistency.LINEARIZABLE, 0, TIMEOUT)));
        return ((Engine.Read.At) read).view().machine("m").orElseThrow();
    }

    @Test
    void an_entry_comes_back_applied_and_a_barrier_passes_it() throws IOException {
        var applier = new Applier(new Transition(new Scripts()), world -> {});
        var options = RaftOptions.of("test", 1, directory, "127.0.0.1:0", Map.of(1L, "127.0.0.1:0"));
        try (var replication = RaftReplication.start(options, applier, failures::add)) {
            var entry = EntryCodec.encode(new Instruction(1, new Work.Sweep("nowhere")));

            var proposal = (Proposal.Applied) await(replication.propose(entry, TIMEOUT));
            var barrier = (Barrier.Passed) await(replication.readBarrier(Consistency.LINEARIZABLE, TIMEOUT));

            assertThat(((Applied) proposal.reply()).reply()).isInstanceOf(Reply.Refused.class);
            assertThat(proposal.index()).isEqualTo(applier.world().index());
            assertThat(barrier.index()).isGreaterThanOrEqualTo(proposal.index());
            assertThat(applier.world().time()).isPositive();
            assertThat(replication.status().leader()).isEqualTo(1);
        }
        assertThat(failures).isEmpty();
    }

    @Test
    void what_was_answered_is_there_after_a_restart_from_the_log_alone() {
        restart(new SnapshotPolicy(1L << 30, 1_000_000, 1_000_000), 30);
    }

    @Test
    void what_was_answered_is_there_after_a_restart_from_a_snapshot_and_the_log_after_it() {
        restart(new SnapshotPolicy(1L << 30, 40, 5), 130);
    }

    private void restart(SnapshotPolicy snapshots, int commands) {
        String hash;
        try (var engine = start(snapshots)) {
            assertThat(deploy(engine)).isInstanceOf(Reply.Deployed.class);
            for (var i = 0; i < commands; i++) {
                assertThat(put(engine, i)).isInstanceOf(Reply.Done.class);
            }
            hash = machine(engine).hash();
            assertThat(engine.status().role()).isEqualTo("leader");
        }

        try (var engine = start(snapshots)) {
            assertThat(machine(engine).hash()).isEqualTo(hash);
            assertThat(machine(engine).fate(null, "key0")).containsInstanceOf(Reply.Done.class);
            var again = (Reply.Done) put(engine, commands - 1);
            assertThat(again.receipt().replayed()).isTrue();
            assertThat(put(engine, commands)).isInstanceOf(Reply.Done.class);
        }
        assertThat(failures).isEmpty();
    }
}
