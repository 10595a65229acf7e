package io.perilune.engine.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.perilune.engine.Reply;
import io.perilune.engine.Reply.Refusal;
import io.perilune.engine.Request;
import io.perilune.engine.Scope;
import io.perilune.engine.Token;
import io.perilune.engine.codec.StateDigest;
import io.perilune.scripting.Bytes;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class AdministratorTest {
    private static final String COUNTER = """
            commands = {}
            function commands.inc(args)
              schedule(1000000, "inc", {}, "tick")
              emit("inc", args)
              return update("n", function(n) return (n or 0) + 1 end)
            end
            """;

    private final Replica replica = new Replica();

    private Reply create(String name, long ttl, String... scopes) {
        var parsed = Arrays.stream(scopes).map(Scope::parse).toList();
        return replica.submit(new Request.CreateToken(name, Token.hash(name.getBytes()), parsed, ttl));
    }

    private static void assertRefused(Reply reply, Refusal why) {
        assertThat(reply)
                .asInstanceOf(type(Reply.Refused.class))
                .satisfies(refused -> assertThat(refused.refusal()).isEqualTo(why));
    }

    @Test
    void theFirstTokenHasToBeThatOfALastingAdmin() {
        assertRefused(create("reader", 0, "read:*"), Refusal.ADMIN_NEEDED);
        assertRefused(create("brief", 1_000, "admin"), Refusal.ADMIN_NEEDED);
        assertThat(replica.world().tokens()).isEmpty();
        assertThat(create("root", 0, "admin")).isInstanceOf(Reply.TokenCreated.class);
        assertThat(create("reader", 0, "read:*")).isInstanceOf(Reply.TokenCreated.class);
    }

    @Test
    void theLastLastingAdminCannotBeRevoked() {
        create("root", 0, "admin");
        create("brief", 1_000, "admin");
        assertRefused(replica.submit(new Request.RevokeToken("root")), Refusal.ADMIN_NEEDED);
        create("other", 0, "admin");
        assertThat(replica.submit(new Request.RevokeToken("root"))).isInstanceOf(Reply.TokenRevoked.class);
        assertThat(replica.world().tokens()).containsOnlyKeys("brief", "other");
    }

    @Test
    void aNameIsTakenUntilItsTokenHasExpired() {
        create("root", 0, "admin");
        create("brief", 500, "metrics");
        replica.clock += 499;
        assertRefused(create("brief", 0, "metrics"), Refusal.TOKEN_EXISTS);
        replica.clock += 1;
        assertThat(create("brief", 0, "metrics")).isInstanceOf(Reply.TokenCreated.class);
        assertRefused(replica.submit(new Request.RevokeToken("nobody")), Refusal.NO_SUCH_TOKEN);
    }

    @Test
    void tokensArePartOfSnapshotsAndOfTheDigest() {
        create("root", 0, "admin");
        create("caller", 900, "call:bank/pay*", "read:b*");
        var without = StateDigest.of(
                replica.world().withTokens(replica.world().tokens().minus("caller")));
        var copy = Replica.restored(replica.snapshot(), replica.world());
        assertThat(copy.world().tokens()).isEqualTo(replica.world().tokens());
        assertThat(StateDigest.of(copy.world()))
                .isEqualTo(StateDigest.of(replica.world()))
                .isNotEqualTo(without);
    }

    private static List<Bytes> parts(byte[] archive, int size) {
        var parts = new java.util.ArrayList<Bytes>();
        for (var at = 0; at < archive.length; at += size) {
            parts.add(Bytes.owned(Arrays.copyOfRange(archive, at, Math.min(archive.length, at + size))));
        }
        return parts;
    }

    private static Reply restore(Replica into, byte[] archive, int partSize) {
        var number = 0;
        for (var part : parts(archive, partSize)) {
            assertThat(into.submit(new Request.RestorePart("r", number, part)))
                    .isEqualTo(new Reply.PartTaken(number, into.world().index()));
            number++;
        }
        return into.submit(new Request.FinishRestore("r"));
    }

    private byte[] archive() {
        replica.deploy(COUNTER);
        replica.submit(Replica.keyed("once", "inc", null));
        create("root", 0, "admin");
        return replica.snapshot();
    }

    @Test
    void anArchiveBecomesTheStateOfAnEmptyCluster() {
        var archive = archive();
        var other = new Replica();
        assertThat(restore(other, archive, 100))
                .isEqualTo(new Reply.Restored(1, 1, 1, other.world().index()));
        assertThat(other.machine().hash()).isEqualTo(replica.machine().hash());
        assertThat(other.machine().timers().count()).isEqualTo(1);
        assertThat(other.world().restoring().isNone()).isTrue();
        // The key is known still, and what is new goes on from what was.
        assertThat(other.submit(Replica.keyed("once", "inc", null)))
                .asInstanceOf(type(Reply.Done.class))
                .satisfies(done -> assertThat(done.receipt().replayed()).isTrue());
        other.call("inc", null);
        assertThat(other.get("n")).isEqualTo(io.perilune.engine.Values.of(2));
        assertThat(other.machine().history().forgotten())
                .isLessThan(other.world().index());
    }

    @Test
    void aRestoreGoesOnFromASnapshotThatWasTakenInItsMiddle() {
        var archive = archive();
        var cut = archive.length / 2;
        var other = new Replica();
        other.submit(new Request.RestorePart("r", 0, Bytes.owned(Arrays.copyOf(archive, cut))));
        var copy = Replica.restored(other.snapshot(), other.world());
        copy.submit(new Request.RestorePart("r", 1, Bytes.owned(Arrays.copyOfRange(archive, cut, archive.length))));
        assertThat(copy.submit(new Request.FinishRestore("r"))).isInstanceOf(Reply.Restored.class);
    }

    @Test
    void anArchiveIsTakenWholeOrNotAtAll() {
        var archive = archive();
        for (var at = 0; at < archive.length; at += 7) {
            var damaged = archive.clone();
            damaged[at] ^= 1;
            var other = new Replica();
            assertRefused(restore(other, damaged, 1_000), Refusal.ARCHIVE_DAMAGED);
            assertThat(other.world().machines()).isEmpty();
            assertThat(other.world().tokens()).isEmpty();
            assertThat(other.world().restoring().isNone()).isTrue();
        }
        assertRefused(restore(new Replica(), Arrays.copyOf(archive, archive.length - 1), 99), Refusal.ARCHIVE_DAMAGED);
    }

    @Test
    void whatIsThereIsNotOverwritten() {
        var archive = archive();
        var other = new Replica();
        other.deploy(COUNTER);
        var before = other.machine();
        assertRefused(other.submit(new Request.RestorePart("r", 0, Bytes.owned(archive))), Refusal.NOT_EMPTY);
        assertThat(other.machine()).isEqualTo(before);
    }

    @Test
    void aMachineThatComesInTheMiddleOfARestoreStays() {
        var archive = archive();
        var other = new Replica();
        other.submit(new Request.RestorePart("r", 0, Bytes.owned(archive)));
        other.deploy(COUNTER);
        assertRefused(other.submit(new Request.FinishRestore("r")), Refusal.NOT_EMPTY);
        assertThat(other.world().restoring().isNone()).isTrue();
    }

    @Test
    void partsOfTwoRestoresAreNotMixed() {
        var other = new Replica();
        other.submit(new Request.RestorePart("a", 0, Bytes.utf8("x")));
        other.submit(new Request.RestorePart("b", 0, Bytes.utf8("y")));
        assertRefused(other.submit(new Request.RestorePart("a", 1, Bytes.utf8("x"))), Refusal.RESTORE_INTERRUPTED);
        assertRefused(other.submit(new Request.RestorePart("b", 2, Bytes.utf8("y"))), Refusal.RESTORE_INTERRUPTED);
        assertRefused(other.submit(new Request.FinishRestore("a")), Refusal.RESTORE_INTERRUPTED);
    }
}
