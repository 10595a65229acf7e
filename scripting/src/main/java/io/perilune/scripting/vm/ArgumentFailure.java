package io.perilune.scripting.vm;

/**
 * A bad argument of a library function. The function does not know by which name it was called: the interpreter does,
 * and makes {@code bad argument #1 to 'find' (string expected, got nil)} of it.
 */
public final class ArgumentFailure extends LuaFailure {
    private static final long serialVersionUID = 1;

    private final int argument;
    private final String complaint;
    private boolean named;

    /** @param argument counted from 1 */
    public ArgumentFailure(int argument, String complaint) {
        super(Strings.utf8("bad argument #" + argument + " (" + complaint + ")"), 1);
        this.argument = argument;
        this.complaint = complaint;
    }

    /** @param isMethod whether the call was {@code object:name(...)}, whose first argument nobody counts */
    void name(String function, boolean isMethod) {
        if (named) {
            return;
        }
        named = true;
        int shown = isMethod ? argument - 1 : argument;
        retell(
                isMethod && shown == 0
                        ? "calling '" + function + "' on bad self (" + complaint + ")"
                        : "bad argument #" + shown + " to '" + function + "' (" + complaint + ")");
    }
}
