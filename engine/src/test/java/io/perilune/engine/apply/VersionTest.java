package io.perilune.engine.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.engine.Reply;
import io.perilune.engine.Reply.Refusal;
import io.perilune.engine.Request;
import io.perilune.engine.Values;
import io.perilune.scripting.Bytes;
import org.junit.jupiter.api.Test;

class VersionTest {
    private static final String ONE = "function init() put('v', 1) end function apply(c) return 'one' end";
    private static final String TWO = "function migrate(from) put('from', from) end function apply(c) return 'two' end";

    private final Replica replica = new Replica();

    private Reply deploy(String text, boolean activate, Long expected) {
        return replica.submit(new Request.Deploy(Replica.MACHINE, Replica.files(text), activate, expected));
    }

    @Test
    void the_first_version_makes_the_machine_and_runs_init() {
        var reply = (Reply.Deployed) replica.deploy(ONE);

        assertThat(reply.created()).isTrue();
        assertThat(reply.version()).isEqualTo(1);
        assertThat(reply.index()).isEqualTo(1);
        assertThat(replica.get("v")).isEqualTo(Values.of(1));
        assertThat(((Reply.Done) replica.call(null, null)).result()).isEqualTo(Values.of("one"));
    }

    @Test
    void the_hash_of_a_plain_script_is_that_of_its_text() {
        var reply = (Reply.Deployed) replica.deploy("function apply() end");

        assertThat(reply.sha256()).isEqualTo(sha256("function apply() end"));
    }

    private static String sha256(String text) {
        try {
            var digest = java.security.MessageDigest.getInstance("SHA-256");
            return java.util.HexFormat.of()
                    .formatHex(digest.digest(Bytes.utf8(text).lend()));
        } catch (java.security.NoSuchAlgorithmException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @Test
    void a_later_version_runs_migrate_and_not_init() {
        replica.deploy(ONE);

        var reply = (Reply.Deployed) replica.deploy(TWO);

        assertThat(reply.version()).isEqualTo(2);
        assertThat(replica.get("from")).isEqualTo(Values.of(1));
        assertThat(((Reply.Done) replica.call(null, null)).result()).isEqualTo(Values.of("two"));
    }

    @Test
    void the_text_that_is_active_already_makes_no_new_version() {
        replica.deploy(ONE);

        var reply = (Reply.Deployed) replica.deploy(ONE);

        assertThat(reply.created()).isFalse();
        assertThat(reply.version()).isEqualTo(1);
        assertThat(replica.machine().versions()).hasSize(1);
    }

    @Test
    void an_init_that_fails_leaves_no_machine() {
        var reply = replica.deploy("function init() put('v', 1) error('no') end function apply(c) end");

        assertThat(reply).isInstanceOf(Reply.Failed.class);
        assertThat(replica.machine()).isNull();
    }

    @Test
    void a_migration_that_fails_leaves_the_old_version_and_its_state() {
        replica.deploy(ONE);

        var reply = replica.deploy("function migrate() put('v', 2) fail('NO', 'not now') end function apply(c) end");

        assertThat(((Reply.Rejected) reply).code()).isEqualTo("NO");
        assertThat(replica.get("v")).isEqualTo(Values.of(1));
        assertThat(replica.machine().active()).isEqualTo(1);
        assertThat(replica.machine().versions()).hasSize(1);
    }

    @Test
    void what_does_not_compile_leaves_nothing() {
        var reply = (Reply.ScriptInvalid) replica.deploy("function apply(c\nreturn");

        assertThat(reply.line()).isPositive();
        assertThat(replica.machine()).isNull();
    }

    @Test
    void a_version_may_wait_to_be_activated() {
        deploy(ONE, false, null);
        var early = (Reply.Refused) replica.call(null, null);
        var activated = (Reply.Deployed) replica.submit(new Request.Activate(Replica.MACHINE, 1, 0L));

        assertThat(early.refusal()).isEqualTo(Refusal.NO_SUCH_VERSION);
        assertThat(activated.created()).isTrue();
        assertThat(replica.get("v")).isEqualTo(Values.of(1));
    }

    @Test
    void going_back_to_an_old_version_runs_its_migrate() {
        replica.deploy(TWO);
        replica.deploy(ONE);

        var back = (Reply.Deployed) replica.submit(new Request.Activate(Replica.MACHINE, 1, 2L));

        assertThat(back.version()).isEqualTo(1);
        assertThat(replica.get("from")).isEqualTo(Values.of(2));
        var same = (Reply.Deployed) replica.submit(new Request.Activate(Replica.MACHINE, 1, null));
        assertThat(same.created()).isFalse();
    }

    @Test
    void a_version_is_only_replaced_where_the_expected_one_is_active() {
        replica.deploy(ONE);

        var wrong = (Reply.Refused) deploy(TWO, true, 7L);
        var right = deploy(TWO, true, 1L);
        var gone = (Reply.Refused) replica.submit(new Request.Activate(Replica.MACHINE, 9, null));

        assertThat(wrong.refusal()).isEqualTo(Refusal.VERSION_MISMATCH);
        assertThat(right).isInstanceOf(Reply.Deployed.class);
        assertThat(gone.refusal()).isEqualTo(Refusal.NO_SUCH_VERSION);
    }

    @Test
    void a_script_that_is_too_large_is_refused() {
        var reply = (Reply.Refused) replica.deploy("-- " + "x".repeat(Ceilings.SCRIPT_BYTES));

        assertThat(reply.refusal()).isEqualTo(Refusal.TOO_LARGE);
        assertThat(replica.machine()).isNull();
    }

    @Test
    void the_oldest_versions_go_first_and_the_active_one_never() {
        replica.deploy(ONE);
        var padding = "--" + "x".repeat(900_000) + "\n";
        for (var i = 0; i < 80; i++) {
            deploy("-- " + i + "\n" + padding + ONE, false, null);
        }

        var kept = replica.machine().versions();

        assertThat(kept.firstKey()).isEqualTo(1);
        assertThat(kept.lastKey()).isEqualTo(81);
        assertThat(kept.size()).isLessThan(80);
        assertThat(kept.values().stream()
                        .mapToLong(version -> version.files().get("main.lua").size())
                        .sum())
                .isLessThanOrEqualTo(Ceilings.VERSIONS_BYTES);
    }
}
