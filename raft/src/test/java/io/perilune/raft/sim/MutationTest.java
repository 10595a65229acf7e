package io.perilune.raft.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Shows that the simulation's judge is awake: plants a mistake into the core's own source, compiles that, and asks that
 * some seed notices. The core needs no switch for its own sabotage this way.
 */
class MutationTest {
    private static final Path SOURCES = Path.of("src", "main", "java", "io", "perilune", "raft", "core");
    private static final String CLASS_PATH = System.getProperty("java.class.path");
    private static final int SEEDS = 600;
    private static final int EVENTS = 3_000;

    /** @param right what a file of the core says once; {@code wrong} replaces it */
    record Edit(String file, String right, String wrong) {}

    /** @param firstSeed where to begin; from 1 on all are found, too, but the slowest only after 500 seeds */
    record Mistake(String name, long firstSeed, List<Edit> edits) {
        Mistake(String name, long firstSeed, Edit... edits) {
            this(name, firstSeed, List.of(edits));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Mistake> mistakes() {
        return Stream.of(
                new Mistake(
                        "counting an old term's replicas",
                        480,
                        new Edit("Leader.java", "|| raft.log.term(index) != raft.term()) {", ") {")),
                new Mistake(
                        "voting without checking the log",
                        1,
                        new Edit(
                                "Raft.java",
                                "!free || !log.isUpToDate(request.getIndex(), request.getLogTerm())",
                                "!free")),
                new Mistake(
                        "answering before persisting",
                        1,
                        new Edit(
                                "Outbox.java",
                                "onceStored.add(message);",
                                "(message.getTo() == message.getFrom() ? onceStored : atOnce).add(message);")),
                new Mistake(
                        "applying a conf change as soon as it is appended",
                        440,
                        new Edit("Leader.java", "raft.appendOwn(stamped.entries);", """
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
                        new Edit(
                                "Raft.java",
                                "} else if (result instanceof Changer.Result.Refused refused) {",
                                "} else if (result instanceof Changer.Result.Refused refused && term < 0) {")),
                new Mistake(
                        "taking a conf change before the last is applied",
                        1,
                        new Edit("Leader.java", "if (pendingConf > raft.log.applied()) {", "if (false) {")),
                new Mistake(
                        "serving a read without quorum",
                        1,
                        new Edit("Leader.java", "raft.members().voters().isOnly(raft.id) || holdsLease()", "true")),
                new Mistake(
                        "serving a read before the first commit of the term",
                        1,
                        new Edit(
                                "Leader.java",
                                "if (raft.log.term(raft.log.committed()) != raft.term()) {",
                                "if (false) {")),
                new Mistake(
                        "trusting a lease without end",
                        110,
                        new Edit("Leader.java", "< leaseTicks();", "< Long.MAX_VALUE;")));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void a_planted_mistake_is_caught(Mistake mistake, @TempDir Path directory) throws Exception {
        String caught = firstViolation(compiled(mistake, directory), mistake.firstSeed());
        System.out.println(mistake + ": " + caught);
        assertThat(caught).as(mistake.name()).isNotNull();
    }

    private static Path compiled(Mistake mistake, Path directory) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("-proc:none", "-nowarn", "-cp", CLASS_PATH));
        for (Edit edit : mistake.edits()) {
            Path source = directory.resolve(edit.file());
            String text = Files.readString(SOURCES.resolve(edit.file()));
            assertThat(text.split(Pattern.quote(edit.right()), -1))
                    .as("places to plant")
                    .hasSize(2);
            Files.writeString(source, text.replace(edit.right(), edit.wrong()));
            arguments.add(source.toString());
        }
        Path classes = Files.createDirectories(directory.resolve("classes"));
        arguments.addAll(List.of("-d", classes.toString()));
        int status = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(new String[0]));
        assertThat(status).isZero();
        return classes;
    }

    /** Loads everything of ours anew, the sabotaged class first. */
    private static String firstViolation(Path sabotaged, long firstSeed) throws Exception {
        List<URL> urls = new ArrayList<>();
        urls.add(sabotaged.toUri().toURL());
        for (String entry : CLASS_PATH.split(File.pathSeparator)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        try (URLClassLoader loader =
                new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getPlatformClassLoader())) {
            return (String) loader.loadClass(Simulation.class.getName())
                    .getMethod("firstViolation", long.class, int.class, int.class)
                    .invoke(null, firstSeed, SEEDS, EVENTS);
        }
    }
}
