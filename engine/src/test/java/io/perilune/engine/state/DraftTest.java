package io.perilune.engine.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.engine.Seeds;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Host;
import io.perilune.scripting.Host.Range;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DraftTest {
    private static final long NOW = 1_000;

    private static Bytes b(String text) {
        return Bytes.utf8(text);
    }

    private static Machine machine(String... keys) {
        var keyspace = Keyspace.EMPTY;
        for (var key : keys) {
            keyspace = keyspace.put(b(key), new Stored(b("old"), Stored.FOREVER));
        }
        return Machine.create("m").with(keyspace);
    }

    private static Draft draft(Machine machine) {
        return new Draft(machine, Set.of("tick"), NOW);
    }

    @Test
    void it_sees_its_own_writes_and_the_machine_does_not() {
        var machine = machine("a", "b");
        var draft = draft(machine);

        draft.put(b("c"), b("new"), 0);
        assertThat(draft.delete(b("a"))).isTrue();
        assertThat(draft.delete(b("none"))).isFalse();

        var keys = new ArrayList<String>();
        draft.scan(new Range(null, null, null, 9, false))
                .forEachRemaining(item -> keys.add(item.key().toString()));
        assertThat(keys).containsExactly("b", "c");
        assertThat(draft.has(b("a"))).isFalse();
        assertThat(machine.keyspace().get(b("a"), NOW)).isEqualTo(b("old"));
        assertThat(machine.keyspace().get(b("c"), NOW)).isNull();
        assertThat(draft.keep(machine).keyspace().get(b("c"), NOW)).isEqualTo(b("new"));
    }

    @Test
    void an_iterator_is_of_the_moment_it_was_made() {
        var draft = draft(machine("a", "b"));
        var scan = draft.scan(new Range(null, null, null, 9, false));

        draft.put(b("aa"), b("new"), 0);
        draft.delete(b("b"));

        assertThat(scan.next().key()).isEqualTo(b("a"));
        assertThat(scan.next().key()).isEqualTo(b("b"));
        assertThat(scan.hasNext()).isFalse();
    }

    @Test
    void going_back_undoes_writes_events_and_timers_but_not_the_log() {
        var machine = machine("a");
        var draft = draft(machine);
        draft.emit("kept", b("1"));
        draft.schedule(5, "tick", b(""), "kept");
        var mark = draft.savepoint();

        draft.put(b("a"), b("new"), 0);
        draft.put(b("b"), b("new"), 0);
        draft.emit("undone", b("2"));
        draft.schedule(5, "tick", b(""), "undone");
        draft.cancel("kept");
        draft.log(b("line"));
        draft.rollback(mark);

        assertThat(draft.changes()).isEmpty();
        assertThat(draft.events()).containsExactly(new Event("kept", b("1")));
        assertThat(draft.keep(machine).timers().inOrder()).extracting(Timer::id).containsExactly("kept");
        assertThat(draft.timerChanges()).extracting(TimerChange::id).containsExactly("kept");
        assertThat(draft.log()).containsExactly(b("line"));
    }

    @Test
    void changes_tell_old_and_new_of_every_key_written() {
        var draft = draft(machine("gone", "over"));

        draft.put(b("over"), b("1"), 0);
        draft.put(b("over"), b("2"), 50);
        draft.delete(b("gone"));
        draft.put(b("fresh"), b("3"), 0);

        var old = new Stored(b("old"), Stored.FOREVER);
        assertThat(draft.changes())
                .containsExactly(
                        new Change(b("fresh"), null, new Stored(b("3"), 0)),
                        new Change(b("gone"), old, null),
                        new Change(b("over"), old, new Stored(b("2"), NOW + 50)));
    }

    @Test
    void a_timer_for_a_command_that_does_not_exist_is_refused_then_and_there() {
        assertThatThrownBy(() -> draft(machine()).schedule(1, "tock", b(""), "id"))
                .isInstanceOf(Host.Refused.class)
                .hasMessageContaining("tock");
    }

    @Test
    void a_timer_of_an_id_in_use_replaces_the_other_and_one_too_many_is_refused() {
        var draft = draft(machine());
        for (var i = 0; i < Draft.TIMERS_MAX; i++) {
            draft.schedule(i, "tick", b(""), "t" + i);
        }

        draft.schedule(Long.MAX_VALUE, "tick", b(""), "t0");

        assertThatThrownBy(() -> draft.schedule(1, "tick", b(""), "more")).isInstanceOf(Host.Refused.class);
        assertThat(draft.cancel("t1")).isTrue();
        assertThat(draft.cancel("t1")).isFalse();
        draft.schedule(1, "tick", b(""), "more");
        var timers = draft.keep(machine()).timers();
        assertThat(timers.count()).isEqualTo(Draft.TIMERS_MAX);
        assertThat(timers.firstDue()).isEqualTo(NOW + 1);
        assertThat(timers.get("t0")).extracting(Timer::due).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void marks_are_no_more_than_changes() {
        var draft = draft(machine("a"));

        var first = draft.savepoint();
        for (var i = 0; i < 100_000; i++) {
            assertThat(draft.savepoint()).isEqualTo(first);
        }
    }

    @Test
    void nested_marks_agree_with_copies_of_the_whole_state() {
        var random = Seeds.random("draft");
        for (var round = 0; round < 200; round++) {
            var machine = machine("a", "b", "c");
            var draft = draft(machine);
            var model = new TreeMap<Bytes, Bytes>();
            machine.keyspace()
                    .stored()
                    .forEach(item -> model.put(item.getKey(), item.getValue().value()));
            var marks = new ArrayDeque<Integer>();
            var copies = new ArrayDeque<TreeMap<Bytes, Bytes>>();
            for (var step = 0; step < 100; step++) {
                var key = b("" + (char) ('a' + random.nextInt(6)));
                switch (random.nextInt(5)) {
                    case 0 -> {
                        marks.push(draft.savepoint());
                        copies.push(new TreeMap<>(model));
                    }
                    case 1 -> {
                        if (!marks.isEmpty()) {
                            draft.rollback(marks.pop());
                            model.clear();
                            model.putAll(copies.pop());
                        }
                    }
                    // A protected call that ended well: its mark is forgotten, its writes stay.
                    case 2 -> {
                        marks.poll();
                        copies.poll();
                    }
                    case 3 -> {
                        draft.delete(key);
                        model.remove(key);
                    }
                    default -> {
                        draft.put(key, b("" + step), 0);
                        model.put(key, b("" + step));
                    }
                }
                var found = new TreeMap<Bytes, Bytes>();
                draft.scan(new Range(null, null, null, 99, false))
                        .forEachRemaining(item -> found.put(item.key(), item.value()));
                assertThat(found).isEqualTo(model);
            }
        }
    }
}
