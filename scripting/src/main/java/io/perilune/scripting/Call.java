package io.perilune.scripting;

import org.jspecify.annotations.Nullable;

/**
 * How {@link LuaState#call} calls.
 *
 * @param global name of the function, dots for fields of tables; null with {@code function}
 * @param function to call, or null
 * @param resultCount how many results are wanted: more are dropped, fewer filled up with nil; -1 for all
 * @param isProtected whether an error is given back in the {@link CallResult} instead of thrown
 */
public record Call(@Nullable String global, @Nullable LuaRef function, int resultCount, boolean isProtected) {
    public static Call of(String global) {
        return new Call(global, null, -1, false);
    }

    public static Call of(LuaRef function) {
        return new Call(null, function, -1, false);
    }

    public Call results(int count) {
        return new Call(global, function, count, isProtected);
    }

    public Call protect(boolean isProtected) {
        return new Call(global, function, resultCount, isProtected);
    }
}
