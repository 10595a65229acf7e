package io.perilune.scripting.vm;

import org.jspecify.annotations.Nullable;
import org.luaj.vm2.Prototype;

/**
 * The code of one Lua function, as LuaJ's compiler made it, with that of the functions inside of it, and what {@link
 * Tiers} has made of it since. Shared by closures, interpreters and threads: what can change here changes how fast a
 * function runs and nothing else.
 */
public final class Code {
    private static final Code[] NONE = {};

    final Prototype prototype;
    final Code[] inner;
    /** Null unless somebody watches. */
    final @Nullable Marks marks;

    /** What the interpreter runs: the prototype's, but for marks. */
    final int[] instructions;

    private volatile @Nullable CompiledCode compiled;
    /** Of {@link Tiers}; written under its rules, read by nobody else. */
    volatile Tiers.State state = Tiers.State.INTERPRETED;
    /** Roughly: threads that count at the same time may lose a few. */
    private int heat;

    Code(Prototype prototype) {
        this(prototype, false);
    }

    private Code(Prototype prototype, boolean watched) {
        this.prototype = prototype;
        marks = watched ? new Marks(prototype) : null;
        instructions = marks == null ? prototype.code : marks.instructions();
        if (watched) {
            state = Tiers.State.REFUSED;
        }
        int n = prototype.p.length;
        inner = n == 0 ? NONE : new Code[n];
        for (int i = 0; i < n; i++) {
            inner[i] = new Code(prototype.p[i], watched);
        }
    }

    /** The same, for one thread, telling the {@link Watcher} of the interpreter that runs it, and never translated. */
    public Code watched() {
        return new Code(prototype, true);
    }

    /** Bytecode of the JVM for this function; null while there is none. Once there is some, there always is. */
    @Nullable
    CompiledCode compiled() {
        return compiled;
    }

    void compiled(CompiledCode made) {
        compiled = made;
    }

    /** Takes note that the interpreter begins a call or comes back to one, or that a loop has gone round for a while. */
    void warm(int by) {
        if (state == Tiers.State.INTERPRETED) {
            heat += by;
            if (heat >= Tiers.HOT) {
                heat = 0;
                Tiers.compile(this);
            }
        }
    }
}
