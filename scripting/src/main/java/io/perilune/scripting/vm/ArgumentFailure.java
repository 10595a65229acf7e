package io.perilune.scripting.vm;

import org.luaj.vm2.LuaString;

/**
 * A bad argument of a library function. The function does not know by which name it was called: the interpreter does,
 * and makes {@code bad argument #1 to 'find' (string expected, got nil)} of it.
 */
public final class ArgumentFailure extends LuaFailure {
    private static final long serialVersionUID = 1;

    private final int argument;
    private final String complaint;

    /** @param argument counted from 1 */
    public ArgumentFailure(int argument, String complaint) {
        super(LuaString.valueOf("bad argument #" + argument + " (" + complaint + ")"));
        this.argument = argument;
        this.complaint = complaint;
    }

    int argument() {
        return argument;
    }

    String complaint() {
        return complaint;
    }
}
