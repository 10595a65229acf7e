package io.perilune.raft.core;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Writes what the core does now into transcripts of interactions, in place of what they expect. For new transcripts
 * only; whoever runs it reads the outcome line by line.
 */
final class TraceRewrite {
    private TraceRewrite() {}

    public static void main(String[] files) throws IOException {
        for (String file : files) {
            rewrite(Path.of(file));
        }
    }

    private static void rewrite(Path file) throws IOException {
        InteractionTrace trace = new InteractionTrace();
        Iterator<Transcript.Case> cases = Transcript.read(file).cases().iterator();
        List<String> written = new ArrayList<>();
        boolean old = false;
        for (String line : Files.readAllLines(file)) {
            old &= !line.isEmpty();
            if (!old) {
                written.add(line);
            }
            if (line.equals("----")) {
                trace.run(cases.next()).lines().forEach(written::add);
                old = true;
            }
        }
        Files.write(file, written);
    }
}
