package io.perilune.scripting;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes anew what {@link ManualCorpusTest} expects, where lua5.2 is installed; to be read line by line before it is
 * committed. Argument: the directory with the programs.
 */
final class ManualCorpusRewrite {
    private ManualCorpusRewrite() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        var work = Files.createTempDirectory("manual");
        for (var file : ManualCorpusTest.FILES) {
            var printed = new StringBuilder();
            for (var program : ManualCorpusTest.parts(Files.readString(Path.of(arguments[0], file + ".lua")))) {
                printed.append("--> ").append(program[0]).append('\n').append(run(work, program[1]));
            }
            Files.writeString(Path.of(arguments[0], file + ".out"), printed);
        }
    }

    private static String run(Path work, String program) throws IOException, InterruptedException {
        Files.writeString(work.resolve("program.lua"), program);
        var builder = new ProcessBuilder("lua5.2", "program.lua").directory(work.toFile());
        builder.environment().put("LC_ALL", "C");
        builder.environment().put("TZ", "UTC");
        builder.redirectError(work.resolve("error").toFile());
        var process = builder.start();
        var out = new String(process.getInputStream().readAllBytes(), UTF_8);
        if (process.waitFor() != 0) {
            var error =
                    Files.readString(work.resolve("error")).lines().findFirst().orElse("");
            out += "error: " + error.replaceFirst("^lua5.2: ", "") + "\n";
        }
        return out.replace("'_G.", "'");
    }
}
