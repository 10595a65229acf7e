package io.perilune.raft.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Mistakes in storage and server, each of which some seed of the simulation of whole servers has to notice, and for the
 * reason that it should. Without them the same seeds are clean: see {@link ServerSimulationTest}.
 */
class ServerMutationTest {
    private static final int SEEDS = 300;

    private static Arguments mistake(String name, String reason, String file, String right, String wrong) {
        return Arguments.of(new Mistake(name, 1, new Mistake.Edit(file, right, wrong)), reason);
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                mistake(
                        "acknowledging before the force",
                        "fell from|votes for|was applied|acknowledged|lead term|beyond last index|does not start",
                        "storage/Wal.java",
                        "long forceNanos = plan.mustForce ? force() : 0;",
                        "long forceNanos = 0;"),
                mistake(
                        "skipping the force of the directory",
                        "does not start|fell from|votes for|differs|was applied|acknowledged|another has|lead term",
                        "storage/Wal.java",
                        "files.forceDirectory(directory);\n        if (before != null) {",
                        "if (before != null) {"),
                mistake(
                        "forgetting the vote",
                        "votes for|lead term",
                        "storage/Wal.java",
                        "new LogRecord.OfHardState(next)",
                        "new LogRecord.OfHardState(next.toBuilder().setVote(0).build())"),
                mistake(
                        "applying an entry twice after a restart",
                        "to apply after",
                        "node/Applier.java",
                        "applied = metadata.getIndex();",
                        "applied = metadata.getIndex() - 1;"),
                mistake(
                        "a snapshot of a later state than it says",
                        "differs from another's",
                        "node/Applier.java",
                        ".setIndex(applied)",
                        ".setIndex(applied - 1)"),
                mistake(
                        "a snapshot in the log that was not forced",
                        "does not start",
                        "storage/SnapshotStore.java",
                        "requireFile().force();\n            requireFile().close();",
                        "requireFile().close();"),
                mistake(
                        "trying a failed force again",
                        "fell from|votes for|differs|was applied|acknowledged|another has|lead term|does not start",
                        "storage/Wal.java",
                        "requireFile().force();\n        durableFrame",
                        "try { requireFile().force(); } catch (IOException e) { requireFile().force(); }"
                                + "\n        durableFrame"),
                mistake(
                        "reading without a quorum",
                        "not linearizable",
                        "core/Leader.java",
                        "raft.members().voters().isOnly(raft.id) || holdsLease()",
                        "true"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mistakes")
    void a_planted_mistake_is_found_for_what_it_is(Mistake mistake, String reason, @TempDir Path directory)
            throws Exception {
        String found = mistake.found(ServerSimulation.class, directory, SEEDS, ServerSimulation.EVENTS);
        System.out.println(mistake + ": " + found);
        assertThat(found).as(mistake.name()).containsPattern(reason);
    }
}
