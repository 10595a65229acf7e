package io.perilune.scripting.vm;

import org.luaj.vm2.Lua;
import org.luaj.vm2.Prototype;

/**
 * The instructions of one function that is being watched: where a line begins, or begins again because a loop has gone
 * round, an operation that Lua does not have stands in the place of the instruction's own. Only the operation is
 * another; whoever looks for an operand or the distance of a jump finds it. Of one thread.
 */
final class Marks {
    /** A line begins. */
    static final int LINE = 0x3e;

    /** The instruction that began a line is done, and marks count again. */
    static final int AGAIN = 0x3f;

    private static final int OPERATION = 0x3f;
    private static final int SBX_OFFSET = 131071;

    private final int[] plain;
    private final int[] marked;
    /** As marked, but that the instruction at {@link #open} can run, and what may come after it says so. */
    private final int[] opened;

    private int open = -1;

    Marks(Prototype code) {
        plain = code.code;
        marked = plain.clone();
        for (int pc = 0; pc < plain.length; pc++) {
            if (pc == 0 || line(code, pc) != line(code, pc - 1)) {
                mark(marked, pc, LINE);
            }
            int target = target(pc);
            if (target >= 0 && target <= pc) {
                mark(marked, target, LINE);
            }
        }
        opened = marked.clone();
    }

    int[] instructions() {
        return marked;
    }

    /** The instructions to go on with at {@code pc} once the beginning of its line has been taken note of. */
    int[] past(int pc) {
        if (open >= 0) {
            restore(open);
            restore(open + 1);
            restore(open + 2);
            restore(target(open));
        }
        open = pc;
        mark(opened, pc + 1, AGAIN);
        mark(opened, pc + 2, AGAIN);
        mark(opened, target(pc), AGAIN);
        opened[pc] = plain[pc];
        return opened;
    }

    private void restore(int pc) {
        if (pc >= 0 && pc < plain.length) {
            opened[pc] = marked[pc];
        }
    }

    private static void mark(int[] code, int pc, int operation) {
        if (pc >= 0 && pc < code.length) {
            code[pc] = code[pc] & ~OPERATION | operation;
        }
    }

    private int target(int pc) {
        return switch (plain[pc] & OPERATION) {
            case Lua.OP_JMP, Lua.OP_FORLOOP, Lua.OP_FORPREP, Lua.OP_TFORLOOP ->
                pc + 1 + (plain[pc] >>> 14) - SBX_OFFSET;
            default -> -1;
        };
    }

    private static int line(Prototype code, int pc) {
        return code.lineinfo == null || pc >= code.lineinfo.length ? -1 : code.lineinfo[pc];
    }
}
