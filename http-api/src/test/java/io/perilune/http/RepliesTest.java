package io.perilune.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.perilune.engine.Reply;
import io.perilune.engine.Reply.Receipt;
import io.perilune.engine.Reply.Refusal;
import io.perilune.engine.Reply.Why;
import io.perilune.http.access.Caller;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Value;
import io.perilune.scripting.ValueCodec;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Each outcome has its status, its code and its story. */
class RepliesTest {
    private static final Receipt RECEIPT = new Receipt("bank", 1042, 4, 7, 318, 2, 1, 1_795_307_714_387L, false);
    private static final Receipt REPLAYED = new Receipt("bank", 1042, 4, 7, 318, 2, 1, 1_795_307_714_387L, true);

    @Test
    void a_done_command_answers_with_its_result_and_receipt() throws IOException {
        var answer = Replies.answer(new Reply.Done(RECEIPT, number(42)), "bank", Caller.ANYBODY);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(new String(answer.body(), UTF_8))
                .isEqualTo("{\"result\":42,\"index\":1042,\"term\":4,\"version\":7,\"gas\":318,"
                        + "\"writes\":2,\"events\":1,\"time\":1795307714387}");
        assertThat(answer.headers()).isEmpty();
    }

    @Test
    void a_replay_says_that_it_is_one_whatever_the_outcome() {
        for (var reply : List.of(
                new Reply.Done(REPLAYED, number(1)),
                new Reply.Rejected(REPLAYED, "NO", "no", null, 409, null),
                new Reply.Failed(REPLAYED, "broke", null, "trace"))) {
            assertThat(Replies.answer(reply, "bank", Caller.ANYBODY).headers())
                    .containsEntry("Idempotent-Replayed", "true");
        }
    }

    @Test
    void a_rejection_carries_the_scripts_own_code_status_and_details() throws IOException {
        var details = ValueCodec.encode(new Value.Obj(new TreeMap<>(Map.of(Bytes.utf8("have"), new Value.Num(3)))));
        var reply = new Reply.Rejected(RECEIPT, "INSUFFICIENT_FUNDS", "not enough", details, 409, "bank.lua:5");
        var problem = problem(reply, 409);
        assertThat(problem.path("type").asText()).endsWith("rejected");
        assertThat(problem.path("code").asText()).isEqualTo("INSUFFICIENT_FUNDS");
        assertThat(problem.path("detail").asText()).isEqualTo("not enough");
        assertThat(problem.path("details").path("have").asInt()).isEqualTo(3);
        assertThat(problem.path("machine").asText()).isEqualTo("bank");
        assertThat(problem.path("index").asInt()).isEqualTo(1042);
        assertThat(problem.path("version").asInt()).isEqualTo(7);
        assertThat(problem.path("at").asText()).isEqualTo("bank.lua:5");
    }

    @Test
    void a_failure_shows_place_and_traceback() throws IOException {
        var problem = problem(new Reply.Failed(RECEIPT, "bank.lua:3: oops", "bank.lua:3", "stack traceback:"), 422);
        assertThat(problem.path("code").asText()).isEqualTo("script-failed");
        assertThat(problem.path("traceback").asText()).isEqualTo("stack traceback:");
    }

    @Test
    void a_crossed_limit_is_named() throws IOException {
        var problem = problem(new Reply.OverBudget(RECEIPT, "gas", 5_000_000, 5_000_001, null), 422);
        assertThat(problem.path("code").asText()).isEqualTo("budget-exceeded");
        assertThat(problem.path("details").path("which").asText()).isEqualTo("gas");
        assertThat(problem.path("details").path("limit").asLong()).isEqualTo(5_000_000);
        assertThat(problem.path("details").path("used").asLong()).isEqualTo(5_000_001);
    }

    @Test
    void an_invalid_script_shows_the_line() throws IOException {
        var problem = problem(new Reply.ScriptInvalid("'end' expected", "bank.lua", 9, "if x then"), 422);
        assertThat(problem.path("code").asText()).isEqualTo("script-invalid");
        assertThat(problem.path("at").asText()).isEqualTo("bank.lua:9");
        assertThat(problem.path("details").path("source").asText()).isEqualTo("if x then");
    }

    @Test
    void refusals_have_statuses_of_their_own() throws IOException {
        var statuses = Map.ofEntries(
                entry(Refusal.NO_SUCH_MACHINE, 404),
                entry(Refusal.NO_SUCH_COMMAND, 404),
                entry(Refusal.NO_SUCH_QUERY, 404),
                entry(Refusal.NO_SUCH_VERSION, 404),
                entry(Refusal.NO_SUCH_TOKEN, 404),
                entry(Refusal.TOKEN_EXISTS, 409),
                entry(Refusal.ADMIN_NEEDED, 409),
                entry(Refusal.NOT_EMPTY, 409),
                entry(Refusal.RESTORE_INTERRUPTED, 409),
                entry(Refusal.VERSION_MISMATCH, 412),
                entry(Refusal.IDEMPOTENCY_KEY_REUSED, 422),
                entry(Refusal.ARCHIVE_DAMAGED, 422),
                entry(Refusal.NOT_RETAINED, 410),
                entry(Refusal.TOO_LARGE, 413));
        for (var refusal : Refusal.values()) {
            var problem = problem(new Reply.Refused(refusal, "so it is", "transfer"), statuses.get(refusal));
            assertThat(problem.path("detail").asText()).isEqualTo("so it is; did you mean \"transfer\"?");
            assertThat(problem.path("details").path("suggestion").asText()).isEqualTo("transfer");
        }
    }

    @Test
    void what_may_be_retried_says_when() {
        for (var why : Why.values()) {
            var answer = Replies.answer(new Reply.Unavailable(why, "not now"), "bank", Caller.ANYBODY);
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.headers()).containsEntry("Retry-After", "1");
        }
    }

    @Test
    void not_knowing_is_neither_success_nor_failure() throws IOException {
        assertThat(problem(new Reply.Unknown("lost the leader"), 504)
                        .path("outcome")
                        .asText())
                .isEqualTo("unknown");
    }

    @Test
    void a_failed_batch_answers_with_its_causes_status_and_line() throws IOException {
        var cause = new Reply.Rejected(RECEIPT, "NO", "no", null, 403, null);
        assertThat(problem(new Reply.BatchFailed(3, cause), 403).path("line").asInt())
                .isEqualTo(3);
    }

    @Test
    void a_batch_answers_a_line_for_each_call() {
        var done = new Reply.Done(RECEIPT, number(1));
        var answer = Replies.answer(new Reply.Batch(List.of(done, done)), "bank", Caller.ANYBODY);
        assertThat(answer.type()).isEqualTo("application/x-ndjson");
        assertThat(new String(answer.body(), UTF_8).lines()).hasSize(2);
    }

    @Test
    void an_upload_is_created_only_if_it_was() {
        assertThat(Replies.answer(new Reply.Deployed("m", 1, "ab", 9, true), "m", Caller.ANYBODY)
                        .status())
                .isEqualTo(201);
        assertThat(Replies.answer(new Reply.Deployed("m", 1, "ab", 9, false), "m", Caller.ANYBODY)
                        .status())
                .isEqualTo(200);
    }

    private static JsonNode problem(Reply reply, int status) throws IOException {
        var answer = Replies.answer(reply, "bank", Caller.ANYBODY);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.type()).isEqualTo("application/problem+json");
        var problem = new ObjectMapper().readTree(answer.body());
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        assertThat(problem.path("title").asText()).isNotBlank();
        return problem;
    }

    private static Bytes number(double number) {
        return ValueCodec.encode(new Value.Num(number));
    }
}
