package io.perilune.raft.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Mistakes in the core, each of which some seed of the core's simulation has to notice. */
class MutationTest {
    private static final int SEEDS = 600;
    private static final int EVENTS = 3_000;

    static Stream<Mistake> mistakes() {
        return Stream.of(
                new Mistake(
                        "counting an old term's replicas",
                        480,
                        new Mistake.Edit("core/Leader.java", "|| raft.log.term(index) != raft.term()) {", ") {")),
                new Mistake(
                        "voting without checking the log",
                        1,
                        new Mistake.Edit(
                                "core/Raft.java",
                                "!free || !log.isUpToDate(request.getIndex(), request.getLogTerm())",
                                "!free")),
                new Mistake(
                        "answering before persisting",
                        1,
                        new Mistake.Edit(
                                "core/Outbox.java",
                                "onceStored.add(message);",
                                "(message.getTo() == message.getFrom() ? onceStored : atOnce).add(message);")),
                new Mistake(
                        "applying a conf change as soon as it is appended",
                        440,
                        new Mistake.Edit("core/Leader.java", "raft.appendOwn(stamped.entries);", """
                                raft.appendOwn(stamped.entries);
                                for (Entry early : stamped.entries) {
                                    if (ConfChanges.isConfChange(early)) {
                                        try {
                                            raft.applyConfChange(ConfChanges.decode(early));
                                        } catch (InvalidProtocolBufferException e) {
                                            throw new IllegalStateException(e);
                                        }
                                    }
                                }
                                """),
                        // Or applying it once more when it is committed would tell.
                        new Mistake.Edit(
                                "core/Raft.java",
                                "} else if (result instanceof Changer.Result.Refused refused) {",
                                "} else if (result instanceof Changer.Result.Refused refused && term < 0) {")),
                new Mistake(
                        "taking a conf change before the last is applied",
                        1,
                        new Mistake.Edit(
                                "core/Leader.java", "if (pendingConf > raft.log.applied()) {", "if (false) {")),
                new Mistake(
                        "serving a read without quorum",
                        1,
                        new Mistake.Edit(
                                "core/Leader.java", "raft.members().voters().isOnly(raft.id) || holdsLease()", "true")),
                new Mistake(
                        "serving a read before the first commit of the term",
                        1,
                        new Mistake.Edit(
                                "core/Leader.java",
                                "if (raft.log.term(raft.log.committed()) != raft.term()) {",
                                "if (false) {")),
                new Mistake(
                        "trusting a lease without end",
                        110,
                        new Mistake.Edit("core/Leader.java", "< leaseTicks();", "< Long.MAX_VALUE;")));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void a_planted_mistake_is_caught(Mistake mistake, @TempDir Path directory) throws Exception {
        String caught = mistake.found(Simulation.class, directory, SEEDS, EVENTS);
        System.out.println(mistake + ": " + caught);
        assertThat(caught).as(mistake.name()).isNotNull();
    }
}
