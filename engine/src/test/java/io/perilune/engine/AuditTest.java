package io.perilune.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.perilune.engine.Trust.Finding;
import io.perilune.engine.apply.Applier;
import io.perilune.engine.replication.ReplicatedGroup;
import io.perilune.engine.replication.ReplicatedState;
import io.perilune.engine.replication.Replication;
import io.perilune.engine.replication.Replication.Consistency;
import io.perilune.engine.state.Stored;
import io.perilune.engine.state.World;
import io.perilune.scripting.Bytes;
import java.io.IOException;
import java.io.OutputStream;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of a replica whose memory has been damaged. */
class AuditTest {
    private static final int TIMEOUT = 10_000;
    private static final ReadOptions LOCAL = new ReadOptions(Consistency.LOCAL, 0, TIMEOUT);

    private final ReplicatedGroup group = new ReplicatedGroup(() -> 1_000);
    private final List<Engine> engines = new ArrayList<>();
    private final List<ReplicatedState> states = new ArrayList<>();

    @AfterEach
    void close() {
        engines.forEach(Engine::close);
    }

    private void start(int members) {
        for (var id = 1; id <= members; id++) {
            var member = group.member(id);
            engines.add(Engine.start(
                    EngineOptions.DEFAULT, state -> join(member, state), InstantSource.system(), new Random(id)));
        }
        var script = new TreeMap<>(Map.of("main.lua", Bytes.utf8("function apply(v) put('k', v) return v end")));
        submit(new Request.Deploy("m", script, true, null));
        submit(new Request.Call("m", null, Values.of(7), null, null));
    }

    private Replication join(java.util.function.Function<ReplicatedState, Replication> member, ReplicatedState state) {
        states.add(state);
        return member.apply(state);
    }

    private void submit(Request request) {
        engines.get(0)
                .submit(request, TIMEOUT)
                .orTimeout(TIMEOUT, TimeUnit.MILLISECONDS)
                .join();
    }

    private Finding finding(int id) {
        return engines.get(id - 1).trust().finding();
    }

    /** One bit of one value, as a bad memory cell would have it. */
    private void corrupt(int id) throws ReflectiveOperationException {
        var field = Applier.class.getDeclaredField("world");
        field.setAccessible(true);
        var world = (World) field.get(states.get(id - 1));
        var machine = world.machine("m");
        var damaged = machine.keyspace().put(Bytes.utf8("k"), new Stored(Values.of(6), Stored.FOREVER));
        field.set(states.get(id - 1), world.with(machine.with(damaged)));
    }

    @Test
    void replicas_that_have_the_same_say_so() {
        start(3);

        engines.get(0).check();

        await().untilAsserted(() ->
                assertThat(List.of(finding(1), finding(2), finding(3))).containsOnly(Finding.AGREED));
    }

    @Test
    void the_odd_one_out_serves_no_more_and_the_others_say_who_it_is() throws ReflectiveOperationException {
        start(3);
        corrupt(2);
        var odd = engines.get(1);
        assertThat(odd.local().machine("m").orElseThrow().hash())
                .isEqualTo(engines.get(0).local().machine("m").orElseThrow().hash());

        engines.get(0).check();

        await().untilAsserted(() -> assertThat(finding(2)).isEqualTo(Finding.DIVERGED));
        await().untilAsserted(() -> assertThat(engines.get(0).trust().others()).containsExactly(2L));
        assertThat(finding(1)).isEqualTo(Finding.OTHERS_DIVERGED);
        assertThat(finding(3)).isEqualTo(Finding.OTHERS_DIVERGED);
        var refused = odd.submit(new Request.Call("m", null, Values.of(8), null, null), TIMEOUT)
                .join();
        assertThat(((Reply.Unavailable) refused).why()).isEqualTo(Reply.Why.DIVERGED);
        assertThat(odd.read(LOCAL).join()).isInstanceOf(Engine.Read.Refused.class);
        assertThat(odd.read(new ReadOptions(Consistency.LOCAL, 0, 2, TIMEOUT)).join())
                .isInstanceOf(Engine.Read.Refused.class);
        assertThat(engines.get(0).read(LOCAL).join()).isInstanceOf(Engine.Read.At.class);
    }

    @Test
    void a_state_that_is_not_to_be_trusted_is_not_written_to_disk() throws ReflectiveOperationException, IOException {
        start(3);
        var before = states.get(2).capture();
        before.writeTo(OutputStream.nullOutputStream());
        corrupt(3);
        engines.get(0).check();
        await().untilAsserted(() -> assertThat(finding(3)).isEqualTo(Finding.DIVERGED));

        org.assertj.core.api.Assertions.assertThatThrownBy(
                        () -> states.get(2).capture().writeTo(OutputStream.nullOutputStream()))
                .isInstanceOf(ReplicatedState.CaptureRefused.class);
    }

    @Test
    void a_leader_that_differs_hands_over() throws ReflectiveOperationException {
        start(3);
        corrupt(1);

        engines.get(0).check();

        await().untilAsserted(() -> assertThat(finding(1)).isEqualTo(Finding.DIVERGED));
        await().untilAsserted(() -> assertThat(engines.get(1).status().leader()).isNotEqualTo(1));
    }

    @Test
    void where_nobody_is_a_majority_both_sound_the_alarm_and_go_on() throws ReflectiveOperationException {
        start(2);
        corrupt(2);

        engines.get(0).check();

        await().untilAsserted(() -> assertThat(List.of(finding(1), finding(2))).containsOnly(Finding.DISPUTED));
        assertThat(engines.get(1).read(LOCAL).join()).isInstanceOf(Engine.Read.At.class);
    }
}
