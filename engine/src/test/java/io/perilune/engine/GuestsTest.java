package io.perilune.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GuestsTest {
    private static final Reply ANSWER = new Reply.Answer(Values.of(1), 1, 1, 1);

    private final List<String> ran = new ArrayList<>();

    private CompletableFuture<Reply> host(Guests guests, String machine) {
        return guests.host(machine, () -> {
            synchronized (ran) {
                ran.add(machine);
            }
            return CompletableFuture.completedFuture(ANSWER);
        });
    }

    /** Holds the only thread until it is let go. */
    private static CompletableFuture<Reply> hold(Guests guests, CountDownLatch letGo) {
        return guests.host("holder", () -> {
            try {
                letGo.await();
            } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
            return CompletableFuture.completedFuture(ANSWER);
        });
    }

    private static void await(List<CompletableFuture<Reply>> replies) {
        CompletableFuture.allOf(replies.toArray(CompletableFuture[]::new))
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    @Test
    void machines_take_turns() {
        var letGo = new CountDownLatch(1);
        try (var guests = new Guests("test", 1, 100)) {
            var replies = new ArrayList<CompletableFuture<Reply>>();
            replies.add(hold(guests, letGo));
            for (var i = 0; i < 4; i++) {
                replies.add(host(guests, "busy"));
            }
            replies.add(host(guests, "other"));
            replies.add(host(guests, "third"));
            letGo.countDown();

            await(replies);

            assertThat(ran).containsExactly("busy", "other", "third", "busy", "busy", "busy");
        }
    }

    @Test
    void one_machine_may_not_have_all_the_places() {
        var letGo = new CountDownLatch(1);
        try (var guests = new Guests("test", 1, 4)) {
            var replies = new ArrayList<CompletableFuture<Reply>>();
            replies.add(hold(guests, letGo));
            replies.add(host(guests, "busy"));
            replies.add(host(guests, "busy"));

            var refused = (Reply.Unavailable) host(guests, "busy").join();

            assertThat(refused.why()).isEqualTo(Reply.Why.OVERLOADED);
            replies.add(host(guests, "other"));
            letGo.countDown();
            await(replies);
        }
    }

    @Test
    void those_who_wait_when_it_closes_are_told() {
        var letGo = new CountDownLatch(1);
        var guests = new Guests("test", 1, 8);
        var held = hold(guests, letGo);
        var waiting = host(guests, "m");

        guests.close();

        assertThat(((Reply.Unavailable) waiting.join()).why()).isEqualTo(Reply.Why.SHUTTING_DOWN);
        assertThat(((Reply.Unavailable) host(guests, "m").join()).why()).isEqualTo(Reply.Why.SHUTTING_DOWN);
        letGo.countDown();
        await(List.of(held));
    }
}
