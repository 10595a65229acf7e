package io.perilune.scripting.vm;

import java.util.ArrayDeque;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.Lua;
import org.luaj.vm2.LuaNumber;
import org.luaj.vm2.Prototype;
import org.luaj.vm2.Upvaldesc;

/**
 * What can be known of a function's registers before it runs: at each instruction, which hold numbers (and so need no
 * object), which will be read again, and which are shared with closures (and so must stay in the frame). The usual
 * forward and backward data flow, to a fixed point.
 */
final class Flow {
    static final byte UNSET = 0;
    static final byte NUMBER = 1;
    static final byte ANY = 2;
    private static final int SBX_OFFSET = 131071;

    final Prototype code;
    final int size;
    final boolean[] captured;
    /** What registers hold before each instruction; null for one that is never reached. */
    final byte[] @Nullable [] before;

    final BitSet[] liveBefore;
    /** Instructions that begin a stretch of code: targets of jumps, and where a call or a metamethod comes back to. */
    final BitSet leaders = new BitSet();
    /** Where {@link CompiledCode#resume} can begin. */
    final BitSet entries = new BitSet();

    private final boolean assuming;

    private Flow(Prototype code, boolean assuming) {
        this.code = code;
        this.assuming = assuming;
        size = code.maxstacksize;
        captured = captured(code, size);
        before = new byte[code.code.length][];
        liveBefore = new BitSet[code.code.length];
    }

    /** @return null for code that this cannot describe */
    static @Nullable Flow of(Prototype code, boolean assuming) {
        Flow flow = new Flow(code, assuming);
        if (!flow.isRegular()) {
            return null;
        }
        flow.findTypes();
        flow.findLive();
        flow.findLeaders();
        return flow;
    }

    boolean hasCaptured() {
        for (boolean shared : captured) {
            if (shared) {
                return true;
            }
        }
        return false;
    }

    private static boolean[] captured(Prototype code, int size) {
        boolean[] captured = new boolean[size];
        for (Prototype inner : code.p) {
            for (Upvaldesc variable : inner.upvalues) {
                if (variable.instack) {
                    captured[variable.idx] = true;
                }
            }
        }
        return captured;
    }

    // Instructions.

    static int operation(int i) {
        return i & 0x3f;
    }

    static int a(int i) {
        return i >>> 6 & 0xff;
    }

    static int b(int i) {
        return i >>> 23;
    }

    static int c(int i) {
        return i >>> 14 & 0x1ff;
    }

    static int bx(int i) {
        return i >>> 14;
    }

    int target(int pc) {
        return pc + 1 + (code.code[pc] >>> 14) - SBX_OFFSET;
    }

    /** Whether every list of open length is used by the instruction after the one that makes it. */
    private boolean isRegular() {
        for (int pc = 0; pc < code.code.length; pc++) {
            int i = code.code[pc];
            switch (operation(i)) {
                case Lua.OP_LOADKX -> {
                    return false;
                }
                case Lua.OP_CALL, Lua.OP_TAILCALL, Lua.OP_RETURN, Lua.OP_SETLIST -> {
                    if (b(i) == 0 && (pc == 0 || !opensList(code.code[pc - 1]))) {
                        return false;
                    }
                    if (operation(i) == Lua.OP_SETLIST && c(i) == 0) {
                        return false;
                    }
                }
                default -> {}
            }
        }
        return true;
    }

    private static boolean opensList(int i) {
        return switch (operation(i)) {
            case Lua.OP_CALL -> c(i) == 0;
            case Lua.OP_TAILCALL -> true;
            case Lua.OP_VARARG -> b(i) == 0;
            default -> false;
        };
    }

    /** First register of the open list that the instruction at {@code pc} uses. */
    int openFrom(int pc) {
        return a(code.code[pc - 1]);
    }

    int[] successors(int pc) {
        int i = code.code[pc];
        return switch (operation(i)) {
            case Lua.OP_JMP, Lua.OP_FORPREP -> new int[] {target(pc)};
            case Lua.OP_RETURN -> new int[] {};
            case Lua.OP_LOADBOOL -> new int[] {c(i) != 0 ? pc + 2 : pc + 1};
            case Lua.OP_EQ, Lua.OP_LT, Lua.OP_LE, Lua.OP_TEST, Lua.OP_TESTSET -> new int[] {pc + 1, pc + 2};
            case Lua.OP_FORLOOP, Lua.OP_TFORLOOP -> new int[] {pc + 1, target(pc)};
            default -> new int[] {pc + 1};
        };
    }

    // Types.

    private void findTypes() {
        byte[] entry = new byte[size];
        for (int r = 0; r < size; r++) {
            entry[r] = r < code.numparams || captured[r] ? ANY : UNSET;
        }
        before[0] = entry;
        var work = new ArrayDeque<Integer>();
        work.add(0);
        while (!work.isEmpty()) {
            int pc = work.remove();
            for (int next : successors(pc)) {
                if (merge(next, after(pc, next))) {
                    work.add(next);
                }
            }
        }
    }

    private boolean merge(int pc, byte[] types) {
        byte[] there = before[pc];
        if (there == null) {
            before[pc] = types;
            return true;
        }
        boolean changed = false;
        for (int r = 0; r < size; r++) {
            byte merged = (byte) (there[r] | types[r]) == 3 ? ANY : (byte) (there[r] | types[r]);
            if (merged != there[r]) {
                there[r] = merged;
                changed = true;
            }
        }
        return changed;
    }

    byte[] typesBefore(int pc) {
        byte[] types = before[pc];
        if (types == null) {
            throw new IllegalStateException("instruction " + pc + " is never reached");
        }
        return types;
    }

    boolean isNumber(int pc, int operand) {
        return operand > 0xff ? code.k[operand & 0xff] instanceof LuaNumber : typesBefore(pc)[operand] == NUMBER;
    }

    /** Whether the result of the arithmetic at {@code pc} is taken for a number. */
    boolean makesNumber(int pc) {
        int i = code.code[pc];
        return assuming
                || isNumber(pc, b(i))
                        && (operation(i) == Lua.OP_UNM || isNumber(pc, c(i)))
                        && operation(i) != Lua.OP_LEN;
    }

    /** What registers hold after the instruction at {@code pc}, on the way to {@code next}. */
    byte[] after(int pc, int next) {
        byte[] types = typesBefore(pc).clone();
        int i = code.code[pc];
        int a = a(i);
        switch (operation(i)) {
            case Lua.OP_MOVE -> set(types, a, types[b(i)]);
            case Lua.OP_LOADK -> set(types, a, code.k[bx(i)] instanceof LuaNumber ? NUMBER : ANY);
            case Lua.OP_LOADNIL -> setFrom(types, a, a + b(i) + 1);
            case Lua.OP_ADD, Lua.OP_SUB, Lua.OP_MUL, Lua.OP_DIV, Lua.OP_MOD, Lua.OP_POW, Lua.OP_UNM, Lua.OP_LEN ->
                set(types, a, makesNumber(pc) ? NUMBER : ANY);
            case Lua.OP_FORPREP -> {
                set(types, a, NUMBER);
                set(types, a + 1, NUMBER);
                set(types, a + 2, NUMBER);
            }
            case Lua.OP_FORLOOP -> {
                set(types, a, NUMBER);
                if (next != pc + 1) {
                    set(types, a + 3, NUMBER);
                }
            }
            case Lua.OP_SELF -> setFrom(types, a, a + 2);
            case Lua.OP_CALL, Lua.OP_TAILCALL -> setFrom(types, a, size);
            case Lua.OP_VARARG -> setFrom(types, a, b(i) == 0 ? size : a + b(i) - 1);
            case Lua.OP_TFORCALL -> setFrom(types, a + 3, size);
            case Lua.OP_TESTSET -> {
                if (next == pc + 1) {
                    set(types, a, types[b(i)]);
                }
            }
            case Lua.OP_TFORLOOP -> {
                if (next != pc + 1) {
                    set(types, a, ANY);
                }
            }
            default -> {
                if (Lua.testAMode(operation(i))) {
                    set(types, a, ANY);
                }
            }
        }
        return types;
    }

    private void set(byte[] types, int register, byte type) {
        types[register] = captured[register] || type == UNSET ? ANY : type;
    }

    private void setFrom(byte[] types, int from, int to) {
        for (int r = from; r < Math.min(to, size); r++) {
            types[r] = ANY;
        }
    }

    // Which registers will be read.

    private void findLive() {
        for (int pc = 0; pc < liveBefore.length; pc++) {
            liveBefore[pc] = new BitSet(size);
        }
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int pc = liveBefore.length - 1; pc >= 0; pc--) {
                if (before[pc] == null) {
                    continue;
                }
                BitSet live = new BitSet(size);
                for (int next : successors(pc)) {
                    BitSet onTheWay = (BitSet) liveBefore[next].clone();
                    clearSet(pc, next, onTheWay);
                    live.or(onTheWay);
                }
                addUsed(pc, live);
                if (!live.equals(liveBefore[pc])) {
                    liveBefore[pc] = live;
                    changed = true;
                }
            }
        }
    }

    private void clearSet(int pc, int next, BitSet live) {
        int i = code.code[pc];
        int a = a(i);
        switch (operation(i)) {
            case Lua.OP_LOADNIL -> live.clear(a, a + b(i) + 1);
            case Lua.OP_SELF -> live.clear(a, a + 2);
            case Lua.OP_CALL, Lua.OP_TAILCALL -> live.clear(a, size);
            case Lua.OP_VARARG -> live.clear(a, b(i) == 0 ? size : Math.max(a, a + b(i) - 1));
            case Lua.OP_TFORCALL -> live.clear(a + 3, size);
            case Lua.OP_FORLOOP -> {
                live.clear(a);
                if (next != pc + 1) {
                    live.clear(a + 3);
                }
            }
            case Lua.OP_TESTSET -> {
                if (next == pc + 1) {
                    live.clear(a);
                }
            }
            case Lua.OP_TFORLOOP -> {
                if (next != pc + 1) {
                    live.clear(a);
                }
            }
            case Lua.OP_EQ, Lua.OP_LT, Lua.OP_LE, Lua.OP_TEST, Lua.OP_SETTABUP, Lua.OP_SETTABLE, Lua.OP_SETUPVAL -> {}
            case Lua.OP_RETURN, Lua.OP_JMP, Lua.OP_SETLIST -> {}
            default -> live.clear(a);
        }
    }

    private void addUsed(int pc, BitSet live) {
        int i = code.code[pc];
        int a = a(i);
        switch (operation(i)) {
            case Lua.OP_MOVE, Lua.OP_UNM, Lua.OP_NOT, Lua.OP_LEN, Lua.OP_TESTSET -> live.set(b(i));
            case Lua.OP_SETUPVAL, Lua.OP_TEST -> live.set(a);
            case Lua.OP_GETTABUP -> use(live, c(i));
            case Lua.OP_GETTABLE, Lua.OP_SELF -> {
                live.set(b(i));
                use(live, c(i));
            }
            case Lua.OP_SETTABUP -> {
                use(live, b(i));
                use(live, c(i));
            }
            case Lua.OP_SETTABLE -> {
                live.set(a);
                use(live, b(i));
                use(live, c(i));
            }
            case Lua.OP_ADD,
                    Lua.OP_SUB,
                    Lua.OP_MUL,
                    Lua.OP_DIV,
                    Lua.OP_MOD,
                    Lua.OP_POW,
                    Lua.OP_EQ,
                    Lua.OP_LT,
                    Lua.OP_LE -> {
                use(live, b(i));
                use(live, c(i));
            }
            case Lua.OP_CONCAT -> live.set(b(i), c(i) + 1);
            case Lua.OP_CALL, Lua.OP_TAILCALL -> live.set(a, b(i) == 0 ? openFrom(pc) : a + b(i));
            case Lua.OP_RETURN -> live.set(a, b(i) == 0 ? openFrom(pc) : a + b(i) - 1);
            case Lua.OP_SETLIST -> live.set(a, b(i) == 0 ? openFrom(pc) : a + b(i) + 1);
            case Lua.OP_FORPREP, Lua.OP_FORLOOP, Lua.OP_TFORCALL -> live.set(a, a + 3);
            case Lua.OP_TFORLOOP -> live.set(a + 1);
            default -> {}
        }
    }

    private static void use(BitSet live, int operand) {
        if (operand <= 0xff) {
            live.set(operand);
        }
    }

    // Stretches.

    private void findLeaders() {
        for (int pc = 0; pc < code.code.length; pc++) {
            if (before[pc] == null) {
                continue;
            }
            int[] successors = successors(pc);
            for (int next : successors) {
                if (next != pc + 1 || successors.length > 1) {
                    leaders.set(next);
                }
                if (next <= pc) {
                    entries.set(next);
                }
            }
            if (comesBack(pc)) {
                for (int next : successors) {
                    entries.set(next);
                }
            }
        }
        leaders.or(entries);
    }

    /** Whether the instruction can call something before it is done. */
    private boolean comesBack(int pc) {
        int i = code.code[pc];
        return switch (operation(i)) {
            case Lua.OP_GETTABUP,
                    Lua.OP_GETTABLE,
                    Lua.OP_SETTABUP,
                    Lua.OP_SETTABLE,
                    Lua.OP_SELF,
                    Lua.OP_LEN,
                    Lua.OP_CONCAT,
                    Lua.OP_EQ,
                    Lua.OP_LT,
                    Lua.OP_LE,
                    Lua.OP_CALL,
                    Lua.OP_TAILCALL,
                    Lua.OP_TFORCALL -> true;
            case Lua.OP_ADD, Lua.OP_SUB, Lua.OP_MUL, Lua.OP_DIV, Lua.OP_MOD, Lua.OP_POW ->
                !(isNumber(pc, b(i)) && isNumber(pc, c(i)));
            case Lua.OP_UNM -> !isNumber(pc, b(i));
            default -> false;
        };
    }
}
