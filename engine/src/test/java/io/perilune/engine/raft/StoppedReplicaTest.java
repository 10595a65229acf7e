package io.perilune.engine.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.engine.Engine;
import io.perilune.engine.Request;
import io.perilune.engine.Values;
import io.perilune.engine.apply.Applier;
import io.perilune.engine.apply.FirstDifference;
import io.perilune.engine.state.Stored;
import io.perilune.engine.state.World;
import io.perilune.scripting.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes' disks, of which one was written from a damaged memory. */
class StoppedReplicaTest {
    private static final String SCRIPT = """
            function commands.add(key)
              local n = get(key) or 0
              put(key, n + 1)
              return n
            end
            """;

    @TempDir
    Path one;

    @TempDir
    Path other;

    private static void call(Engine engine, String key) {
        var call = new Request.Call("m", "add", Values.of(key), null, null);
        GoldenDirectory.await(engine.submit(call, GoldenDirectory.TIMEOUT));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var all = Files.walk(from)) {
            for (var each : all.toList()) {
                var target = to.resolve(from.relativize(each).toString());
                if (Files.isDirectory(each)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(each, target);
                }
            }
        }
    }

    private void damage(Path directory) throws Exception {
        try (var engine = GoldenDirectory.start(directory)) {
            GoldenDirectory.read(engine);
            var applier = Engine.class.getDeclaredField("applier");
            applier.setAccessible(true);
            var world = Applier.class.getDeclaredField("world");
            world.setAccessible(true);
            var before = (World) world.get(applier.get(engine));
            var machine = before.machine("m");
            var keyspace = machine.keyspace().put(Bytes.utf8("b"), new Stored(Values.of(41), Stored.FOREVER));
            world.set(applier.get(engine), before.with(machine.with(keyspace)));

            GoldenDirectory.await(engine.takeSnapshot());
        }
    }

    private void begin() throws IOException {
        try (var engine = GoldenDirectory.start(one)) {
            var files = new TreeMap<>(Map.of("main.lua", Bytes.utf8(SCRIPT)));
            GoldenDirectory.await(engine.submit(new Request.Deploy("m", files, true, null), GoldenDirectory.TIMEOUT));
            call(engine, "a");
            call(engine, "b");
        }
        copy(one, other);
    }

    private World world(Path directory, long index) throws IOException {
        try (var replica = StoppedReplica.open(directory)) {
            return replica.at(index == 0 ? replica.last() : index);
        }
    }

    @Test
    void a_stopped_replica_has_what_it_had() throws IOException {
        begin();

        assertThat(world(one, 0).machine("m").keyspace().get(Bytes.utf8("b"), 0))
                .isEqualTo(Values.of(1));
        assertThat(FirstDifference.of(world(one, 0), world(other, 0))).isEmpty();
    }

    @Test
    void damage_that_no_entry_has_touched_is_found_by_its_key() throws Exception {
        begin();
        damage(other);
        try (var engine = GoldenDirectory.start(one)) {
            GoldenDirectory.read(engine);
        }
        var index = Math.min(world(one, 0).index(), world(other, 0).index());

        var first = FirstDifference.of(world(one, index), world(other, index)).get(0);

        assertThat(first.index()).isZero();
        assertThat(first.key()).isEqualTo(Bytes.utf8("b"));
        assertThat(first.at()).isNull();
    }

    @Test
    void a_folder_without_data_says_so() {
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> StoppedReplica.open(one))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no node's data");
    }
}
