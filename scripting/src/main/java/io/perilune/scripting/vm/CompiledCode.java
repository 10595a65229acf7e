package io.perilune.scripting.vm;

import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaValue;

/**
 * A Lua function as bytecode of the JVM. It works on the same {@link Frame} as the interpreter, keeps registers in
 * variables of the JVM between calls, and puts them back into the frame whenever someone else goes on: so a call can be
 * begun in one tier and ended in the other, and neither can be told from what it does.
 *
 * <p>Both methods return the first result where the frame has returned to the Lua function below it, which wants one;
 * any other value if that wants more or none, and has them in its registers; {@link #TAIL} if the frame is now that of
 * another function; null if the frame to go on with is {@link Execution#next}.
 */
abstract class CompiledCode {
    /** The function has ended in a call of another, whose frame its own has become. */
    static final LuaValue TAIL = new Mark();

    /** From the start, with the arguments in the first registers. */
    abstract @Nullable LuaValue run(Execution x, Frame frame);

    /** From {@link Frame#pc}, with all variables in the registers. */
    abstract @Nullable LuaValue resume(Execution x, Frame frame);

    private static final class Mark extends LuaValue {
        @Override
        public int type() {
            return TNONE;
        }

        @Override
        public String typename() {
            return "mark";
        }
    }
}
