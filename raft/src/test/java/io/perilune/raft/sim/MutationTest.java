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
import javax.tools.JavaCompiler;
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
    private static final int SEEDS = 400;
    private static final int EVENTS = 3_000;

    /** @param right what the file says once; {@code wrong} replaces it */
    record Mistake(String name, String file, String right, String wrong) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Mistake> mistakes() {
        return Stream.of(
                new Mistake(
                        "counting an old term's replicas",
                        "Leader.java",
                        "|| raft.log.term(index) != raft.term()) {",
                        ") {"),
                new Mistake(
                        "voting without checking the log",
                        "Raft.java",
                        "!free || !log.isUpToDate(request.getIndex(), request.getLogTerm())",
                        "!free"),
                new Mistake(
                        "answering before persisting",
                        "Outbox.java",
                        "onceStored.add(message);",
                        "(message.getTo() == message.getFrom() ? onceStored : atOnce).add(message);"),
                new Mistake(
                        "taking a conf change before the last is applied",
                        "Leader.java",
                        "if (pendingConf > raft.log.applied()) {",
                        "if (false) {"),
                new Mistake(
                        "serving a read without quorum",
                        "Leader.java",
                        "raft.members().voters().isOnly(raft.id) || holdsLease()",
                        "true"));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void a_planted_mistake_is_caught(Mistake mistake, @TempDir Path directory) throws Exception {
        String caught = firstViolation(compiled(mistake, directory));
        System.out.println(mistake + ": " + caught);
        assertThat(caught).as(mistake.name()).isNotNull();
    }

    private static Path compiled(Mistake mistake, Path directory) throws IOException {
        Path source = directory.resolve(mistake.file());
        String text = Files.readString(SOURCES.resolve(mistake.file()));
        assertThat(text.split(Pattern.quote(mistake.right()), -1))
                .as("places to plant")
                .hasSize(2);
        Files.writeString(source, text.replace(mistake.right(), mistake.wrong()));
        Path classes = Files.createDirectories(directory.resolve("classes"));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        int status = compiler.run(
                null,
                null,
                null,
                "-proc:none",
                "-nowarn",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                classes.toString(),
                source.toString());
        assertThat(status).isZero();
        return classes;
    }

    /** Loads everything of ours anew, the sabotaged class first. */
    private static String firstViolation(Path sabotaged) throws Exception {
        List<URL> urls = new ArrayList<>();
        urls.add(sabotaged.toUri().toURL());
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        try (URLClassLoader loader =
                new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getPlatformClassLoader())) {
            return (String) loader.loadClass(Simulation.class.getName())
                    .getMethod("firstViolation", long.class, int.class, int.class)
                    .invoke(null, 1L, SEEDS, EVENTS);
        }
    }
}
