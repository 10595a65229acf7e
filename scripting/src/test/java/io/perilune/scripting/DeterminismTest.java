package io.perilune.scripting;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The same programs come to the same results, gas, memory, writes, events, log lines and words in both tiers, and in JVMs that differ in
 * compiler, collector, heap, stack, locale, time zone and charset, and in every other JDK that is installed beside the one
 * that runs the tests ({@code -Dperilune.javas=PATH:PATH} names more java programs).
 */
class DeterminismTest {
    private static final List<List<String>> SETTINGS = List.of(
            List.of(),
            List.of("-Xint", "-Duser.language=tr", "-Duser.country=TR", "-Duser.timezone=Asia/Kathmandu"),
            List.of(
                    "-XX:TieredStopAtLevel=1",
                    "-XX:+UseParallelGC",
                    "-Dfile.encoding=ISO-8859-1",
                    "-Duser.language=ar"),
            List.of(
                    "-XX:+UseSerialGC",
                    "-Xmx256m",
                    "-Xss64m",
                    "-Dfile.encoding=US-ASCII",
                    "-Duser.timezone=America/St_Johns"),
            List.of(
                    "-XX:+UnlockExperimentalVMOptions",
                    "-XX:hashCode=2",
                    "-XX:-TieredCompilation",
                    "-Duser.language=de"),
            List.of("-Dperilune.jit=off"),
            List.of("-Dperilune.jit=always", "-Xss64m"));

    @Test
    void programs_come_to_the_same_in_every_jvm() throws IOException, InterruptedException {
        var results = new TreeMap<String, String>();
        var here = ChildJvm.HERE;
        for (var settings : SETTINGS) {
            results.put(here + " " + settings, ChildJvm.run(here, settings, CorpusHash.class));
        }
        for (var other : others(here)) {
            results.put(other.toString(), ChildJvm.run(other, List.of(), CorpusHash.class));
        }
        System.out.println(results.size() + " JVMs: " + results.firstEntry().getValue());
        assertThat(results.values()).allMatch(result -> result.matches("[1-9][0-9]{2} programs [0-9a-f]{64}"));
        assertThat(results.values().stream().distinct()).hasSize(1);
    }

    private static List<Path> others(Path here) throws IOException {
        var found = new ArrayList<Path>();
        for (var named : System.getProperty("perilune.javas", "").split(":")) {
            if (!named.isBlank()) {
                found.add(Path.of(named));
            }
        }
        try (var siblings =
                Files.list(Path.of(System.getProperty("java.home")).toRealPath().getParent())) {
            siblings.filter(home -> !Files.isSymbolicLink(home) && isNewEnough(home))
                    .map(home -> home.resolve("bin").resolve("java"))
                    .filter(Files::isExecutable)
                    .sorted()
                    .forEach(found::add);
        }
        found.removeIf(java -> isSame(java, here));
        return found;
    }

    /** As its {@code release} file says; what has none is left alone. */
    private static boolean isNewEnough(Path home) {
        try {
            return Files.readString(home.resolve("release"))
                    .lines()
                    .filter(line -> line.startsWith("JAVA_VERSION="))
                    .map(line -> line.replaceAll("[^0-9.]", "").replaceFirst("[.].*", ""))
                    .anyMatch(major -> !major.isEmpty() && Integer.parseInt(major) >= 17);
        } catch (IOException none) {
            return false;
        }
    }

    private static boolean isSame(Path a, Path b) {
        try {
            return Files.isSameFile(a, b);
        } catch (IOException missing) {
            return false;
        }
    }
}
