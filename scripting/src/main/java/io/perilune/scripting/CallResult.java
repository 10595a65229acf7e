package io.perilune.scripting;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a call gave.
 *
 * @param results empty where it failed
 * @param error of a protected call that failed, else null
 */
public record CallResult(List<LuaRef> results, @Nullable LuaException error) {
    public CallResult {
        results = List.copyOf(results);
    }

    public boolean isOk() {
        return error == null;
    }

    /** The result at a position, from 1, or from the end if negative. */
    public LuaRef get(int position) {
        return results.get(position < 0 ? results.size() + position : position - 1);
    }
}
