package io.perilune.scripting;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the main method of a class of the tests in another JVM. */
public final class ChildJvm {
    /** The {@code java} that runs the tests. */
    public static final Path HERE = Path.of(System.getProperty("java.home"), "bin", "java");

    private ChildJvm() {}

    /** What it printed; where it printed nothing, what it complained of. */
    public static String run(Path java, List<String> settings, Class<?> main, String... arguments)
            throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(java.toString()));
        command.addAll(settings);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        var errors = Files.createTempFile("jvm", ".err");
        var process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
        var printed = new String(process.getInputStream().readAllBytes(), US_ASCII).strip();
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        var said = Files.readString(errors);
        Files.delete(errors);
        return printed.isEmpty() ? said : printed;
    }
}
