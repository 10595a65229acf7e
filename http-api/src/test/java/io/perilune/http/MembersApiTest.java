package io.perilune.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.engine.replication.Replication.MemberChange;
import io.perilune.engine.replication.Replication.Mistake;
import io.perilune.engine.replication.Replication.Reason;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MembersApiTest {
    private static final String MEMBERS = "/v1/cluster/members";

    private Fixture api;

    @BeforeEach
    void start() throws IOException {
        api = new Fixture(ApiOptions.Bounds.DEFAULT);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private Fixture.Response remove(String id) throws IOException {
        return api.send("DELETE", MEMBERS + "/" + id, "", new byte[0]);
    }

    @Test
    void a_member_is_added_as_a_learner() throws IOException {
        var added = api.post(MEMBERS, "{\"id\":4,\"raft\":\"a:7080\",\"http\":\"a:7070\"}");
        assertThat(added.status()).isEqualTo(202);
        assertThat(added.json().path("id").asLong()).isEqualTo(4);
        assertThat(added.json().path("voter").asBoolean(true)).isFalse();
        assertThat(added.json().path("index").asLong()).isEqualTo(7);
        assertThat(api.node().askedMemberChange()).isEqualTo("add 4 a:7080 a:7070");
        assertThat(api.post(MEMBERS, "{\"id\":5,\"raft\":\"b:7080\"}").status()).isEqualTo(202);
        assertThat(api.node().askedMemberChange()).isEqualTo("add 5 b:7080 ");
    }

    @Test
    void a_member_is_added_in_the_place_of_another() throws IOException {
        var added = api.post(MEMBERS, "{\"id\":4,\"raft\":\"a:7080\",\"replaces\":2}");
        assertThat(added.status()).isEqualTo(202);
        assertThat(added.json().path("replaces").asLong()).isEqualTo(2);
        assertThat(api.node().askedMemberChange()).isEqualTo("add 4 a:7080  for 2");
    }

    @Test
    void a_member_is_removed() throws IOException {
        var removed = remove("2");
        assertThat(removed.status()).isEqualTo(200);
        assertThat(removed.json().path("removed").asLong()).isEqualTo(2);
        assertThat(api.node().askedMemberChange()).isEqualTo("remove 2");
    }

    @Test
    void what_is_refused_says_why_and_what_may_be_tried_again_says_so() throws IOException {
        answer(new MemberChange.Refused(Mistake.IN_PROGRESS, "wait"), 409, "member-change-in-progress", "wait");
        answer(new MemberChange.Refused(Mistake.UNSOUND, "the last"), 409, "member-change-refused", "the last");
        answer(new MemberChange.Refused(Mistake.NO_SUCH_MEMBER, "no 2"), 404, "no-such-member", "no 2");
        answer(new MemberChange.Unavailable(Reason.NO_LEADER, "nobody"), 503, "no-leader", "nobody");
        answer(new MemberChange.Unknown("who knows"), 504, "outcome-unknown", "who knows");
    }

    private void answer(MemberChange change, int status, String code, String detail) throws IOException {
        api.node().answerMemberChanges(change);
        for (var answer : new Fixture.Response[] {remove("2"), api.post(MEMBERS, "{\"id\":4,\"raft\":\"a:1\"}")}) {
            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.json().path("code").asText()).isEqualTo(code);
            assertThat(answer.json().path("detail").asText()).isEqualTo(detail);
        }
    }

    @Test
    void malformed_requests_go_nowhere() throws IOException {
        for (var body : new String[] {
            "{}",
            "[]",
            "{\"id\":4}",
            "{\"id\":0,\"raft\":\"a:1\"}",
            "{\"id\":1.5,\"raft\":\"a:1\"}",
            "{\"id\":\"4\",\"raft\":\"a:1\"}",
            "{\"id\":4,\"raft\":1}",
            "{\"id\":4,\"raft\":\"a:1\",\"replaces\":0}",
            "{\"id\":4,\"raft\":\"a:1\",\"replaces\":\"2\"}",
            "{\"id\":4,\"raft\":\"a:1\",\"rafd\":\"a:1\"}",
        }) {
            var answer = api.post(MEMBERS, body);
            assertThat(answer.status()).as(body).isEqualTo(400);
            assertThat(answer.json().path("code").asText()).as(body).isEqualTo("bad-body");
        }
        assertThat(remove("two").status()).isEqualTo(400);
        assertThat(remove("0").status()).isEqualTo(400);
        assertThat(api.node().askedMemberChange()).isEmpty();
    }
}
