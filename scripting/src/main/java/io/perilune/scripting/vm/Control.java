package io.perilune.scripting.vm;

import org.jspecify.annotations.Nullable;
import org.luaj.vm2.Varargs;

/**
 * A function that the interpreter carries out itself, because it calls a Lua function and must go on afterwards without
 * keeping Java's stack: so a coroutine can yield inside of a {@code pcall}, and {@code pcall} can nest deeply. The last
 * two are not functions but marks at the bottom of a run.
 */
final class Control extends Builtin {
    enum Kind {
        PCALL,
        XPCALL,
        RESUME,
        WRAPPED,
        YIELD,
        PAIRS,
        IPAIRS,
        /** Below what Java called. */
        ENTRY,
        /** Below what a coroutine runs. */
        BODY
    }

    static final Control ENTRY_MARK = new Control("?", Kind.ENTRY, null);
    static final Control BODY_MARK = new Control("?", Kind.BODY, null);
    /** Under everything that does not run in a coroutine. */
    static final Control MAIN_MARK = new Control("?", Kind.BODY, null);

    final Kind kind;
    final @Nullable Coroutine coroutine;

    Control(String name, Kind kind, @Nullable Coroutine coroutine) {
        super(name);
        this.kind = kind;
        this.coroutine = coroutine;
    }

    @Override
    public Varargs call(Interpreter lua, Varargs args) {
        return lua.call(this, args);
    }
}
