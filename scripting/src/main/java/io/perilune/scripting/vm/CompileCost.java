package io.perilune.scripting.vm;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.luaj.vm2.LuaString;

/**
 * Charges for what makes LuaJ's compiler take more than linear time, before it is asked to: chains of jumps that wait for
 * the same place, and constants whose hashes collide.
 */
final class CompileCost {
    /** What the parser of Lua 5.2 has room for. */
    private static final int GOTOS_MAX = Short.MAX_VALUE;

    private static final Set<String> JUMPS = Set.of("and", "or", "elseif");
    private static final Set<String> GOTOS = Set.of("goto", "break", "::");
    private static final int STEPS_PER_GAS = 32;
    private static final int COMPARISONS_PER_GAS = 2;

    private final Meter meter;
    private final Map<Integer, Set<LuaString>> constants = new HashMap<>();
    private int jumps;
    private int gotos;

    CompileCost(Meter meter) {
        this.meter = meter;
    }

    /** Looks at a token as the compiler will get it. */
    void token(String token) {
        if (JUMPS.contains(token)) {
            meter.gas(++jumps / STEPS_PER_GAS);
        } else if (GOTOS.contains(token)) {
            if (++gotos > GOTOS_MAX) {
                throw LuaFailure.plain("too many labels/gotos (limit is " + GOTOS_MAX + ")");
            }
        } else if (isConstant(token)) {
            LuaString content = Literal.content(token);
            Set<LuaString> alike =
                    constants.computeIfAbsent(content.hashCode(), hash -> new TreeSet<>(Strings::compare));
            alike.add(content);
            meter.gas(alike.size() / COMPARISONS_PER_GAS);
        }
    }

    private static boolean isConstant(String token) {
        char first = token.charAt(0);
        return first == '"'
                || first == '\''
                || first == '_'
                || first >= 'a' && first <= 'z'
                || first >= 'A' && first <= 'Z'
                || token.startsWith("[[")
                || token.startsWith("[=");
    }
}
