package io.perilune.scripting.lib;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** PUC-Rio's own Lua 5.2, where it is installed: what ours is compared with. Texts are bytes as ISO 8859-1. */
public final class ReferenceLua {
    private static final Path BINARY = Path.of(System.getProperty("perilune.lua52", "/usr/bin/lua5.2"));

    private ReferenceLua() {}

    public static boolean isInstalled() {
        return Files.isExecutable(BINARY);
    }

    /** The lines that {@code program} prints, reading {@code input} line by line. */
    public static List<String> run(String program, List<String> input) {
        try {
            var directory = Files.createTempDirectory("reference-lua");
            var source = Files.writeString(directory.resolve("program.lua"), program, StandardCharsets.ISO_8859_1);
            var stdin = Files.write(directory.resolve("in"), input, StandardCharsets.ISO_8859_1);
            var stdout = directory.resolve("out");
            var process = new ProcessBuilder(BINARY.toString(), source.toString())
                    .redirectInput(stdin.toFile())
                    .redirectOutput(stdout.toFile())
                    .redirectErrorStream(true)
                    .start();
            if (!process.waitFor(120, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IllegalStateException(
                        "lua5.2 failed: " + Files.readString(stdout, StandardCharsets.ISO_8859_1));
            }
            var lines = List.of(
                    Files.readString(stdout, StandardCharsets.ISO_8859_1).split("\n", -1));
            for (var file : List.of(source, stdin, stdout, directory)) {
                Files.delete(file);
            }
            return lines.subList(0, lines.size() - 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
