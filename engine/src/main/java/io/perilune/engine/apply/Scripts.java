package io.perilune.engine.apply;

import io.perilune.engine.View.Version;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Sandbox;
import io.perilune.scripting.Sandbox.Compilation;
import io.perilune.scripting.Script;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;

/**
 * Compiled scripts, kept as long as they are in use. Compiling is a pure function of the sources, so what is here or
 * not makes no difference but time. Safe for use by several threads.
 */
public final class Scripts {
    /** Scripts kept, the least recently used dropped first. */
    private static final int KEPT_MAX = 1_000;

    private final Sandbox sandbox = new Sandbox();
    private final Map<Source, Compilation> kept = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Source, Compilation> eldest) {
            return size() > KEPT_MAX;
        }
    };

    private record Source(String machine, String sha256) {}

    public Compilation compile(String machine, SortedMap<String, Bytes> files) {
        return compile(machine, HashChain.ofFiles(files), files);
    }

    /** A version that is part of the state, and so did compile once. */
    public Script of(String machine, Version version) {
        var compilation = compile(machine, version.sha256(), version.files());
        if (compilation instanceof Compilation.Compiled compiled) {
            return compiled.script();
        }
        throw new IllegalStateException(
                "version " + version.number() + " of " + machine + " does not compile any more: " + compilation);
    }

    private Compilation compile(String machine, String sha256, SortedMap<String, Bytes> files) {
        var key = new Source(machine, sha256);
        synchronized (kept) {
            var found = kept.get(key);
            if (found != null) {
                return found;
            }
        }
        // Outside of the lock, since it may take a while; two threads may both do it, to the same result.
        var compilation = sandbox.compile(machine, files);
        if (compilation instanceof Compilation.Compiled) {
            synchronized (kept) {
                kept.put(key, compilation);
            }
        }
        return compilation;
    }
}
