package io.perilune.samples;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.engine.Reply;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The rules in the headers of the samples, each of them tried, with time at hand. */
class RulesTest {
    @Test
    void a_lock_has_one_holder_and_every_grant_a_greater_token() throws IOException {
        var lock = VirtualMachine.of("lock.lua");

        var ann = lock.call("acquire", "{'name': 'a', 'owner': 'ann', 'lease_ms': 1000}");
        assertThat(ann).contains("'token':1", "'owner':'ann'");
        assertThat(lock.refusal("acquire", "{'name': 'a', 'owner': 'bob'}")).isEqualTo("HELD");
        assertThat(lock.call("acquire", "{'name': 'b', 'owner': 'bob'}")).contains("'token':2");
        lock.pass(900);
        assertThat(lock.call("renew", "{'name': 'a', 'token': 1, 'lease_ms': 1000}"))
                .contains("'token':1");
        lock.pass(900);
        assertThat(lock.query("holder", "{'name': 'a'}")).contains("ann");
        lock.pass(100);
        assertThat(lock.query("holder", "{'name': 'a'}")).isEqualTo("null");
        assertThat(lock.refusal("renew", "{'name': 'a', 'token': 1}")).isEqualTo("NOT_HELD");
        assertThat(lock.call("acquire", "{'name': 'a', 'owner': 'bob'}")).contains("'token':3");
        assertThat(lock.refusal("release", "{'name': 'a', 'token': 1}")).isEqualTo("NOT_HELD");
        assertThat(lock.call("release", "{'name': 'a', 'token': 3}")).isEqualTo("true");
        assertThat(lock.refusal("acquire", "{'name': 'a', 'owner': 'bob', 'lease_ms': 0.5}"))
                .isEqualTo("BAD_LEASE");
        assertThat(lock.refusal("acquire", "{}")).isEqualTo("BAD_LOCK");
    }

    @Test
    void a_bucket_gives_what_it_has_and_fills_again() throws IOException {
        var limiter = VirtualMachine.of("limiter.lua");

        for (var left = 9; left >= 0; left--) {
            assertThat(limiter.call("take", "{'who': 'ann'}"))
                    .isEqualTo("{'allowed':true,'left':" + left + ",'retry_after_ms':0}");
        }
        assertThat(limiter.call("take", "{'who': 'ann', 'tokens': 2}"))
                .isEqualTo("{'allowed':false,'left':0,'retry_after_ms':400}");
        assertThat(limiter.call("take", "{'who': 'bob'}")).contains("'allowed':true");
        limiter.pass(399);
        assertThat(limiter.call("take", "{'who': 'ann', 'tokens': 2}")).contains("'allowed':false,'left':1");
        limiter.pass(1);
        assertThat(limiter.call("take", "{'who': 'ann', 'tokens': 2}")).contains("'allowed':true,'left':0");
        limiter.pass(2_000);
        assertThat(limiter.keys()).isZero();
        assertThat(limiter.call("take", "{'who': 'ann', 'tokens': 10}")).contains("'allowed':true");
        assertThat(limiter.refusal("take", "{'who': 'ann', 'tokens': 11}")).isEqualTo("BAD_COUNT");
    }

    @Test
    void a_ledger_stays_balanced_whatever_a_command_does() throws IOException {
        var ledger = VirtualMachine.of("ledger.lua");
        ledger.call("open", "{'name': 'cash', 'overdraft': true}");
        ledger.call("open", "{'name': 'ann'}");

        ledger.call(
                "post",
                "{'ref': 'r1', 'entries': [{'account': 'cash', 'amount': -5}, {'account': 'ann', 'amount': 5}]}");
        assertThat(ledger.query("balance", "{'name': 'ann'}")).isEqualTo("5");
        assertThat(ledger.refusal("post", "{'ref': 'r1', 'entries': []}")).isEqualTo("POSTED");
        assertThat(ledger.refusal("post", "{'ref': 'r2', 'entries': [{'account': 'ann', 'amount': 1}]}"))
                .isEqualTo("UNBALANCED");
        assertThat(
                        ledger.refusal(
                                "post",
                                "{'ref': 'r3', 'entries': [{'account': 'ann', 'amount': -6}, {'account': 'cash', 'amount': 6}]}"))
                .isEqualTo("OVERDRAWN");
        assertThat(ledger.refusal("charge_fee", "{'account': 'ann'}")).isEqualTo("UNBALANCED");
        assertThat(ledger.query("balance", "{'name': 'ann'}")).isEqualTo("5");
        assertThat(ledger.query("balance", "{'name': 'cash'}")).isEqualTo("-5");
    }

    @Test
    void a_job_is_there_until_it_is_done() throws IOException {
        var queue = VirtualMachine.of("queue.lua");
        queue.call("push", "'first'");
        queue.call("push", "{'n': 2}");

        assertThat(queue.call("take", "{'visible_ms': 100}"))
                .isEqualTo("{'attempts':1,'body':'first','id':1,'receipt':1}");
        assertThat(queue.call("take", "null")).contains("'body':{'n':2}", "'receipt':2");
        assertThat(queue.call("take", "null")).isEqualTo("null");
        assertThat(queue.call("done", "{'id': 2, 'receipt': 2}")).isEqualTo("true");
        queue.pass(100);
        assertThat(queue.query("waiting", "null")).isEqualTo("1");
        assertThat(queue.refusal("done", "{'id': 1, 'receipt': 1}")).isEqualTo("NOT_YOURS");
        for (var attempt = 2; attempt <= 5; attempt++) {
            assertThat(queue.call("take", "{'visible_ms': 100}")).contains("'attempts':" + attempt);
            queue.pass(100);
        }
        assertThat(queue.call("take", "null")).isEqualTo("null");
        assertThat(queue.events()).containsExactly("dead");
    }

    @Test
    void an_order_goes_through_its_steps_or_is_undone() throws IOException {
        var workflow = VirtualMachine.of("workflow.lua");
        workflow.call("start", "{'id': 'a'}");
        assertThat(workflow.refusal("complete", "{'id': 'a', 'step': 'pay'}")).isEqualTo("OUT_OF_TURN");
        workflow.call("complete", "{'id': 'a', 'step': 'reserve'}");
        workflow.call("complete", "{'id': 'a', 'step': 'pay'}");
        assertThat(workflow.call("complete", "{'id': 'a', 'step': 'ship'}")).contains("'state':'done'");
        assertThat(workflow.refusal("cancel", "{'id': 'a'}")).isEqualTo("OVER");

        workflow.call("start", "{'id': 'b'}");
        workflow.call("complete", "{'id': 'b', 'step': 'reserve'}");
        workflow.call("complete", "{'id': 'b', 'step': 'pay'}");
        workflow.pass(86_400_000);
        assertThat(workflow.query("order", "{'id': 'b'}"))
                .isEqualTo("{'state':'cancelled','step':3,'why':'ship did not come in time'}");
        assertThat(workflow.events())
                .containsExactly(
                        "do/reserve",
                        "do/pay",
                        "do/ship",
                        "done",
                        "do/reserve",
                        "do/pay",
                        "do/ship",
                        "undo/refund",
                        "undo/release");
    }

    @Test
    void stock_is_reserved_whole_and_comes_back() throws IOException {
        var inventory = VirtualMachine.of("inventory.lua");
        inventory.call("stock", "{'item': 'tea', 'count': 3}");
        inventory.call("stock", "{'item': 'cup', 'count': 1}");

        inventory.call("reserve", "{'order': 'a', 'items': {'tea': 2, 'cup': 1}}");
        assertThat(inventory.refusal("reserve", "{'order': 'b', 'items': {'tea': 1, 'cup': 1}}"))
                .isEqualTo("OUT_OF_STOCK");
        assertThat(inventory.query("left", "{'item': 'tea'}")).isEqualTo("1");
        inventory.pass(600_000);
        assertThat(inventory.query("left", "{'item': 'tea'}")).isEqualTo("3");
        assertThat(inventory.refusal("confirm", "{'order': 'a'}")).isEqualTo("NO_SUCH_ORDER");
        inventory.call("reserve", "{'order': 'c', 'items': {'tea': 1, 'cup': 1}}");
        inventory.call("confirm", "{'order': 'c'}");
        inventory.pass(600_000);
        assertThat(inventory.query("left", "{'item': 'cup'}")).isEqualTo("0");
        inventory.call("reserve", "{'order': 'd', 'items': {'tea': 2}}");
        inventory.call("release", "{'order': 'd'}");
        assertThat(inventory.query("left", "{'item': 'tea'}")).isEqualTo("2");
        assertThat(inventory.events()).containsExactly("expired", "sold");
    }

    @Test
    void the_best_score_of_each_player_counts_and_of_equals_the_earlier() throws IOException {
        var board = VirtualMachine.of("leaderboard.lua");
        board.call("score", "{'player': 'ann', 'points': 10}");
        board.call("score", "{'player': 'bob', 'points': 30}");
        board.call("score", "{'player': 'eve', 'points': 30}");

        assertThat(board.call("score", "{'player': 'bob', 'points': 20}")).isEqualTo("{'best':30,'improved':false}");
        assertThat(board.query("top", "{'limit': 2}"))
                .isEqualTo("[{'player':'bob','points':30},{'player':'eve','points':30}]");
        assertThat(board.query("rank", "{'player': 'ann'}")).isEqualTo("3");
        board.call("score", "{'player': 'ann', 'points': 31}");
        assertThat(board.query("rank", "{'player': 'ann'}")).isEqualTo("1");
        assertThat(board.query("top", "null")).contains("ann").doesNotContain("10");
        assertThat(board.query("rank", "{'player': 'joe'}")).isEqualTo("null");
    }

    @Test
    void a_bundle_takes_over_what_its_first_version_stored() throws IOException {
        var contacts = VirtualMachine.of("contacts/1");
        contacts.call("add", "{'name': '  Ada   King Lovelace '}");
        contacts.call("add", "{'name': 'Plato'}");
        assertThat(contacts.query("contact", "{'id': 1}")).isEqualTo("{'name':'Ada King Lovelace'}");

        assertThat(contacts.deploy("contacts/2")).isInstanceOf(Reply.Deployed.class);

        assertThat(contacts.query("family", "{'name': 'LOVELACE'}"))
                .isEqualTo("[{'family':'Lovelace','given':'Ada King'}]");
        assertThat(contacts.query("contact", "{'id': 2}")).isEqualTo("{'family':'Plato','given':''}");
        assertThat(contacts.call("add", "{'name': 'Ada Byron'}")).isEqualTo("3");
        assertThat(contacts.refusal("add", "{'name': ' '}")).isEqualTo("BAD_NAME");
    }
}
