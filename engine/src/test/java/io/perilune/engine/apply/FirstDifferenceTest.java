package io.perilune.engine.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.engine.Request;
import io.perilune.engine.Values;
import io.perilune.engine.codec.EntryCodec;
import io.perilune.engine.codec.Instruction;
import io.perilune.engine.codec.Work;
import io.perilune.engine.state.Stored;
import io.perilune.scripting.Bytes;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two replicas with one log, of which one has a damaged memory. */
class FirstDifferenceTest {
    private static final String SCRIPT = """
            function commands.add(key)
              local n = get(key) or 0
              put(key, n + 1)
              return n
            end
            """;

    private final Replica sound = new Replica();
    private final Replica damaged = new Replica();
    private long seed;

    @BeforeEach
    void begin() {
        submit(Replica.deployment(SCRIPT));
        add("a");
        add("b");
    }

    private void submit(Request request) {
        var entry = EntryCodec.encode(new Instruction(seed++, new Work.Submitted(request)));
        sound.apply(entry);
        damaged.apply(entry);
    }

    private void add(String key) {
        submit(Replica.command("add", key));
    }

    private void damage(String key) throws ReflectiveOperationException {
        var field = Applier.class.getDeclaredField("world");
        field.setAccessible(true);
        var machine = damaged.machine();
        var keyspace = machine.keyspace().put(Bytes.utf8(key), new Stored(Values.of(41), Stored.FOREVER));
        field.set(damaged.applier, damaged.world().with(machine.with(keyspace)));
    }

    @Test
    void replicas_with_the_same_state_have_none() {
        assertThat(FirstDifference.of(sound.world(), damaged.world())).isEmpty();
    }

    @Test
    void the_first_entry_that_did_something_else_is_found_with_its_key_and_line() throws ReflectiveOperationException {
        damage("b");
        add("a");
        add("b");
        var index = sound.world().index();
        add("b");

        var differences = FirstDifference.of(sound.world(), damaged.world());

        assertThat(differences).hasSize(1);
        var first = differences.get(0);
        assertThat(first.machine()).isEqualTo(Replica.MACHINE);
        assertThat(first.index()).isEqualTo(index);
        assertThat(first.key()).isEqualTo(Bytes.utf8("b"));
        assertThat(first.at()).isEqualTo("m.lua:2");
        assertThat(first.one()).isEqualTo("1 -> 2");
        assertThat(first.other()).isEqualTo("41 -> 42");
    }

    @Test
    void damage_that_no_entry_has_met_is_found_by_its_key() throws ReflectiveOperationException {
        damage("b");
        add("a");

        var first = FirstDifference.of(sound.world(), damaged.world()).get(0);

        assertThat(first.index()).isZero();
        assertThat(first.key()).isEqualTo(Bytes.utf8("b"));
    }

    @Test
    void a_machine_that_only_one_has_is_a_difference() {
        sound.submit(new Request.Delete(Replica.MACHINE));

        var first = FirstDifference.of(sound.world(), damaged.world()).get(0);

        assertThat(first.one()).isEqualTo("no such machine");
    }
}
