package io.perilune.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.engine.codec.Work;
import io.perilune.engine.state.Machine;
import io.perilune.engine.state.World;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private static final long DEAR = 5_000_000;
    private static final World WORLD = World.EMPTY
            .with(Machine.create("dear"))
            .with(Machine.create("cheap"))
            .with(Machine.create("other"));

    private long nanos = 1;
    private boolean patient;
    private final Admission admission = new Admission(() -> nanos);
    private final List<Proposed> proposed = new ArrayList<>();

    private record Proposed(String machine, CompletableFuture<Reply> reply) {
        void end(long gas) {
            reply.complete(done(machine, gas));
        }
    }

    private static Reply done(String machine, long gas) {
        return new Reply.Done(new Reply.Receipt(machine, 1, 1, 1, gas, 0, 0, 1, false), Values.of(1));
    }

    private CompletableFuture<Reply> submit(String machine) {
        return submit(machine, Deadline.in(60_000));
    }

    private CompletableFuture<Reply> submit(String machine, Deadline deadline) {
        var call = new Request.Call(machine, null, Values.of(1), null, null);
        return admission.admit(new Work.Submitted(call), WORLD, deadline, patient, () -> {
            var each = new Proposed(machine, new CompletableFuture<>());
            proposed.add(each);
            return each.reply;
        });
    }

    private void submit(String machine, int count) {
        IntStream.range(0, count).forEach(i -> submit(machine));
    }

    private List<String> machines() {
        return proposed.stream().map(Proposed::machine).toList();
    }

    @Test
    void a_machine_has_only_so_much_under_way_and_others_pass_it_by() {
        submit("dear", 50);
        assertThat(machines()).containsExactly("dear");
        submit("cheap");

        assertThat(machines()).containsExactly("dear", "cheap");
    }

    @Test
    void those_who_wait_are_let_in_in_their_order_as_others_end() {
        var replies = IntStream.range(0, 3).mapToObj(i -> submit("dear")).toList();

        proposed.get(0).end(DEAR);
        assertThat(replies.get(0)).isCompleted();
        assertThat(proposed).hasSize(2);
        proposed.get(1).end(DEAR);
        proposed.get(2).end(DEAR);

        assertThat(replies.get(2)).isCompletedWithValue(done("dear", DEAR));
    }

    @Test
    void once_commands_are_known_to_be_cheap_many_are_under_way() {
        submit("cheap", 3_000);

        for (var i = 0; i < 200; i++) {
            proposed.get(i).end(100);
        }

        assertThat(proposed.size()).isGreaterThan(1_200);
    }

    @Test
    void a_dear_command_among_cheap_ones_counts_at_once() {
        submit("cheap", 200);
        for (var i = 0; i < 200; i++) {
            proposed.get(i).end(100);
        }
        submit("cheap");
        proposed.get(200).end(DEAR);

        submit("cheap", 10);

        assertThat(proposed).hasSize(202);
    }

    @Test
    void too_many_that_wait_are_an_answer_and_the_way_stays_open_for_others() {
        submit("dear", 1 + Admission.UNKNOWN_WAITING_MAX);
        assertThat(submit("dear")).isCompleted();
        patient = true;
        submit("dear", Admission.MACHINE_WAITING_MAX - Admission.UNKNOWN_WAITING_MAX);

        var refused = submit("dear").join();

        assertThat(((Reply.Unavailable) refused).why()).isEqualTo(Reply.Why.OVERLOADED);
        submit("cheap");
        assertThat(machines()).containsExactly("dear", "cheap");
    }

    @Test
    void nobody_joins_a_line_whose_first_has_waited_for_long() {
        submit("dear", 2);
        nanos += Admission.WAITING_NANOS_MAX;
        var joins = submit("dear");
        nanos += 1;
        var refused = submit("dear");

        assertThat(joins).isNotCompleted();
        assertThat(((Reply.Unavailable) refused.join()).why()).isEqualTo(Reply.Why.OVERLOADED);
        submit("cheap");
        assertThat(machines()).containsExactly("dear", "cheap");
        // As soon as it goes on, so does the line.
        proposed.get(0).end(DEAR);
        assertThat(submit("dear")).isNotCompleted();
    }

    @Test
    void a_line_is_as_long_as_it_gets_done_in_time() {
        submit("dear", 200);
        for (var i = 0; i < 100; i++) {
            nanos += 20_000_000;
            proposed.get(i).end(DEAR);
        }
        // At 20 ms each, 50 are done in a second.
        assertThat(admission.refusal("dear")).isNotNull();
        assertThat(submit("dear")).isCompleted();
        assertThat(admission.refusal("cheap")).isNull();
    }

    @Test
    void who_has_waited_too_long_is_told_and_not_proposed() {
        submit("dear");
        var late = submit("dear", new Deadline(System.nanoTime() - 1));
        var next = submit("dear");

        proposed.get(0).end(DEAR);

        assertThat(((Reply.Unavailable) late.join()).why()).isEqualTo(Reply.Why.OVERLOADED);
        assertThat(proposed).hasSize(2);
        proposed.get(1).end(DEAR);
        assertThat(next).isCompleted();
    }

    @Test
    void what_fails_makes_room_as_well() {
        submit("dear", 2);

        proposed.get(0).reply.completeExceptionally(new IllegalStateException("lost"));

        assertThat(proposed).hasSize(2);
    }

    /** Some come through at once, some from the line, by different threads. */
    @Test
    void commands_of_a_machine_are_proposed_in_the_order_in_which_they_came() throws InterruptedException {
        var order = Collections.synchronizedList(new ArrayList<Integer>());
        var ended = new LinkedBlockingQueue<CompletableFuture<Reply>>();
        var ending = new Thread(() -> {
            try {
                for (var i = 0; i < 20_000; i++) {
                    ended.take().complete(done("cheap", 10));
                }
            } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
        });
        ending.start();
        for (var i = 0; i < 20_000; i++) {
            var number = i;
            var call = new Request.Call("cheap", null, Values.of(1), null, null);
            var admitted = admission.admit(new Work.Submitted(call), WORLD, Deadline.in(60_000), false, () -> {
                order.add(number);
                var reply = new CompletableFuture<Reply>();
                ended.add(reply);
                return reply;
            });
            if (i % 1_000 == 999) {
                admitted.join();
            }
        }
        ending.join();

        assertThat(order).isSorted().hasSize(20_000);
    }

    /** Or it would wait until nobody else does anything. */
    @Test
    void a_batch_that_may_use_more_than_all_have_room_for_is_let_in_beside_others() {
        submit("cheap");
        var call = new Request.Call("dear", null, Values.of(1), null, null);
        var batch = new Request.AtomicBatch("dear", Collections.nCopies(1_000, call));

        admission.admit(new Work.Submitted(batch), WORLD, Deadline.in(60_000), false, () -> {
            proposed.add(new Proposed("dear", new CompletableFuture<>()));
            return new CompletableFuture<>();
        });

        assertThat(machines()).containsExactly("cheap", "dear");
    }

    /** As when there is no leader any more. */
    @Test
    void thousands_that_end_at_once_do_not_pile_up_on_the_stack() {
        var first = new CompletableFuture<Reply>();
        var replies = new ArrayList<CompletableFuture<Reply>>();
        for (var i = 0; i < 12_000; i++) {
            var call = new Request.Call("m" + i, null, Values.of(1), null, null);
            replies.add(admission.admit(
                    new Work.Submitted(call),
                    WORLD,
                    Deadline.in(60_000),
                    false,
                    () -> first.isDone()
                            ? CompletableFuture.completedFuture(new Reply.Unknown("at once"))
                            : first.copy()));
        }

        first.complete(new Reply.Unknown("ended"));

        assertThat(replies).allMatch(CompletableFuture::isDone);
    }
}
