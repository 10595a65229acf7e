package io.perilune.raft.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.perilune.raft.core.Transcript.Case;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Runs transcripts: our own, and those of etcd's core in the directory that the property {@code raft.traces} names.
 * Lines of a logger are left out of account on both sides, since our core has none.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class) // The count of the reference transcripts closes the output.
class TraceTest {
    private static final List<String> FOLDERS = List.of("interaction", "confchange", "quorum", "extra");
    private static final Path OWN = Path.of("src", "test", "resources", "traces");

    private final PrintStream report = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    @Test
    @Order(1)
    void the_core_behaves_as_our_transcripts_say() throws IOException {
        assertThat(failures(OWN, "our own: ")).isEmpty();
    }

    @Test
    @Order(2)
    void the_core_behaves_as_the_reference_transcripts_say() throws IOException {
        String property = System.getProperty("raft.traces");
        Path directory = property == null ? Path.of("..", "..", "shared", "etcd-traces") : resolved(property);
        if (!Files.isDirectory(directory)) {
            report.println(
                    "skipped: no transcripts in " + directory.toAbsolutePath().normalize());
        }
        assumeTrue(Files.isDirectory(directory), "no transcripts in " + directory);
        assertThat(failures(directory, "")).isEmpty();
    }

    /** Tests run in the module's directory, while people think from the repository's. */
    private static Path resolved(String property) {
        Path fromRepository = Path.of("..").resolve(property);
        return Files.isDirectory(fromRepository) ? fromRepository : Path.of(property);
    }

    private List<String> failures(Path directory, String whose) throws IOException {
        List<String> failed = new ArrayList<>();
        int passed = 0;
        for (String folder : FOLDERS) {
            for (Path file : transcripts(directory.resolve(folder))) {
                Optional<String> mismatch = mismatch(folder, file);
                if (mismatch.isPresent()) {
                    report.println("FAILED " + folder + "/" + mismatch.get());
                    failed.add(folder + "/" + file.getFileName());
                } else {
                    passed++;
                }
            }
        }
        report.println(whose + passed + " passed, " + failed.size() + " failed");
        assertThat(passed + failed.size()).as("transcripts in " + directory).isPositive();
        return failed;
    }

    private static List<Path> transcripts(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".txt"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The first case that came out differently; the ones after it depend on it. */
    private static Optional<String> mismatch(String folder, Path file) throws IOException {
        Transcript transcript;
        try {
            transcript = Transcript.read(file);
        } catch (RuntimeException e) {
            return Optional.of(file.getFileName() + ": no transcript: " + e);
        }
        Function<Case, String> runner = runner(folder);
        for (Case step : transcript.cases()) {
            String expected = step.expectedWithoutLog();
            String actual = outcome(runner, step);
            if (!actual.equals(expected)) {
                return Optional.of("%s:%d: %s%n--- expected%n%s--- actual%n%s"
                        .formatted(transcript.name(), step.line(), step.directive(), expected, actual));
            }
        }
        return Optional.empty();
    }

    private static String outcome(Function<Case, String> runner, Case step) {
        String actual;
        try {
            actual = runner.apply(step);
        } catch (RuntimeException | AssertionError e) {
            actual = "thrown: " + e + " at "
                    + Arrays.stream(e.getStackTrace()).limit(6).toList();
        }
        return actual.isEmpty() || actual.endsWith("\n") ? actual : actual + "\n";
    }

    private static Function<Case, String> runner(String folder) {
        return switch (folder) {
            case "confchange" -> new ConfChangeTrace()::run;
            case "quorum" -> QuorumTrace::run;
            default -> new InteractionTrace()::run;
        };
    }
}
