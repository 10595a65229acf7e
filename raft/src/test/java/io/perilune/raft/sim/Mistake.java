package io.perilune.raft.sim;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;

/**
 * A mistake planted into our own source, which needs no switch for its own sabotage this way: shows that a simulation's
 * judge is awake.
 *
 * @param firstSeed where to begin, so that the slowest to be found do not take the build's time
 */
record Mistake(String name, long firstSeed, List<Edit> edits) {
    private static final Path SOURCES = Path.of("src", "main", "java", "io", "perilune", "raft");
    private static final String CLASS_PATH = System.getProperty("java.class.path");

    /** @param right what a file says once; {@code wrong} replaces it */
    record Edit(String file, String right, String wrong) {}

    Mistake(String name, long firstSeed, Edit... edits) {
        this(name, firstSeed, List.of(edits));
    }

    @Override
    public String toString() {
        return name;
    }

    /**
     * What {@code firstViolation} of a simulation says of the spoilt program; null if it finds nothing.
     *
     * @param directory for what is compiled
     */
    String found(Class<?> simulation, Path directory, int seeds, int events) throws Exception {
        List<URL> urls = new ArrayList<>();
        urls.add(compiled(directory).toUri().toURL());
        for (String entry : CLASS_PATH.split(File.pathSeparator)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        // Everything of ours is loaded anew, the spoilt classes first.
        try (URLClassLoader loader =
                new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getPlatformClassLoader())) {
            return (String) loader.loadClass(simulation.getName())
                    .getMethod("firstViolation", long.class, int.class, int.class)
                    .invoke(null, firstSeed, seeds, events);
        }
    }

    private Path compiled(Path directory) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("-proc:none", "-nowarn", "-cp", CLASS_PATH));
        for (Edit edit : edits) {
            Path source = directory.resolve(Path.of(edit.file()).getFileName());
            String text = Files.readString(Files.exists(source) ? source : SOURCES.resolve(edit.file()));
            if (text.split(Pattern.quote(edit.right()), -1).length != 2) {
                throw new IllegalStateException(edit.file() + " has not one place to plant: " + edit.right());
            }
            Files.writeString(source, text.replace(edit.right(), edit.wrong()));
            if (!arguments.contains(source.toString())) {
                arguments.add(source.toString());
            }
        }
        Path classes = Files.createDirectories(directory.resolve("classes"));
        arguments.addAll(List.of("-d", classes.toString()));
        if (ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(new String[0])) != 0) {
            throw new IllegalStateException(name + " does not compile");
        }
        return classes;
    }
}
