package io.perilune.scripting.vm;

import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LocVars;
import org.luaj.vm2.Lua;
import org.luaj.vm2.LuaNumber;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Prototype;

/**
 * What things are called in messages: variables, functions, chunks. All of it is read out of the code around the place
 * of an error, as Lua's own messages are, and costs nothing while there is none.
 */
final class Names {
    private static final int CHUNK_NAME_MAX = 60;
    private static final int TRACE_HEAD = 12;
    private static final int TRACE_TAIL = 10;

    private Names() {}

    /** A name and what it is the name of: {@code global 'x'}. */
    private record Name(String kind, String text) {
        @Override
        public String toString() {
            return kind + " '" + text + "'";
        }
    }

    // Failures of instructions.

    static LuaFailure callFailure(Frame frame, LuaValue callee, int use) {
        Name name = null;
        if (frame.closure != null && use == Frame.RESULTS && frame.pc > 0) {
            int i = frame.closure.prototype.code[frame.pc - 1];
            int op = i & 0x3f;
            int a = i >>> 6 & 0xff;
            if ((op == Lua.OP_CALL || op == Lua.OP_TAILCALL) && frame.registers[a] == callee) {
                name = ofRegister(frame.closure.prototype, frame.pc - 1, a);
            }
        }
        return failure("call", callee, name);
    }

    static LuaFailure indexFailure(Frame frame, LuaValue object, boolean isOperand) {
        Name name = null;
        if (isOperand && frame.closure != null) {
            Prototype code = frame.closure.prototype;
            int i = code.code[frame.pc - 1];
            name = switch (i & 0x3f) {
                case Lua.OP_GETTABUP -> upvalue(code, i >>> 23);
                case Lua.OP_SETTABUP -> upvalue(code, i >>> 6 & 0xff);
                case Lua.OP_SETTABLE -> ofRegister(code, frame.pc - 1, i >>> 6 & 0xff);
                case Lua.OP_GETTABLE, Lua.OP_SELF -> ofRegister(code, frame.pc - 1, i >>> 23);
                default -> null;
            };
        }
        return failure("index", object, name);
    }

    static LuaFailure arithmeticFailure(Frame frame, LuaValue a, LuaValue b) {
        int i = instruction(frame);
        boolean second = Numbers.coerce(a) != null;
        int operand = second && (i & 0x3f) != Lua.OP_UNM ? i >>> 14 & 0x1ff : i >>> 23;
        return operandFailure(frame, "perform arithmetic on", second ? b : a, operand);
    }

    static LuaFailure concatFailure(Frame frame, LuaValue a, LuaValue b, int left) {
        boolean second = a instanceof LuaString || a instanceof LuaNumber;
        return operandFailure(frame, "concatenate", second ? b : a, second ? left + 1 : left);
    }

    /** @param operand a register, or a constant, which has no name */
    static LuaFailure operandFailure(Frame frame, String action, LuaValue value, int operand) {
        Closure code = frame.closure;
        return failure(
                action,
                value,
                operand <= 0xff && code != null ? ofRegister(code.prototype, frame.pc - 1, operand) : null);
    }

    static LuaFailure compareFailure(LuaValue a, LuaValue b) {
        String x = a.typename();
        String y = b.typename();
        return LuaFailure.at(
                x.equals(y) ? "attempt to compare two " + x + " values" : "attempt to compare " + x + " with " + y);
    }

    private static LuaFailure failure(String action, LuaValue value, @Nullable Name name) {
        String what = "a " + value.typename() + " value";
        return LuaFailure.at("attempt to " + action + " " + (name == null ? what : name + " (" + what + ")"));
    }

    private static int instruction(Frame frame) {
        return frame.closure == null ? 0 : frame.closure.prototype.code[frame.pc - 1];
    }

    // Variables.

    private static @Nullable Name upvalue(Prototype code, int index) {
        LuaString name = index < code.upvalues.length ? code.upvalues[index].name : null;
        return name == null ? null : new Name("upvalue", Strings.text(name));
    }

    /** The name of what is in a register just before the instruction at {@code pc}. */
    private static @Nullable Name ofRegister(Prototype code, int pc, int register) {
        String local = local(code, pc, register);
        if (local != null) {
            return new Name("local", local);
        }
        int setter = lastSetter(code, pc, register);
        if (setter < 0) {
            return null;
        }
        int i = code.code[setter];
        int b = i >>> 23;
        return switch (i & 0x3f) {
            case Lua.OP_MOVE -> b < (i >>> 6 & 0xff) ? ofRegister(code, setter, b) : null;
            case Lua.OP_GETTABUP -> {
                Name table = upvalue(code, b);
                yield member(code, setter, i, table == null ? null : table.text());
            }
            case Lua.OP_GETTABLE -> member(code, setter, i, local(code, setter, b));
            case Lua.OP_GETUPVAL -> upvalue(code, b);
            case Lua.OP_LOADK -> code.k[i >>> 14] instanceof LuaString s ? new Name("constant", Strings.text(s)) : null;
            case Lua.OP_SELF -> new Name("method", key(code, setter, i >>> 14 & 0x1ff));
            default -> null;
        };
    }

    private static Name member(Prototype code, int pc, int instruction, @Nullable String table) {
        String key = key(code, pc, instruction >>> 14 & 0x1ff);
        return new Name("_ENV".equals(table) ? "global" : "field", key);
    }

    private static String key(Prototype code, int pc, int operand) {
        if (operand > 0xff) {
            return code.k[operand & 0xff] instanceof LuaString s ? Strings.text(s) : "?";
        }
        Name name = ofRegister(code, pc, operand);
        return name != null && name.kind().equals("constant") ? name.text() : "?";
    }

    private static @Nullable String local(Prototype code, int pc, int register) {
        int left = register;
        for (LocVars variable : code.locvars) {
            if (variable.startpc > pc) {
                return null;
            }
            if (pc < variable.endpc && left-- == 0) {
                return Strings.text(variable.varname);
            }
        }
        return null;
    }

    /** The instruction that put a register's value there, or -1 where that depends on the way taken. */
    private static int lastSetter(Prototype code, int until, int register) {
        int setter = -1;
        int joined = 0;
        for (int pc = 0; pc < until; pc++) {
            int i = code.code[pc];
            int a = i >>> 6 & 0xff;
            boolean sets;
            switch (i & 0x3f) {
                case Lua.OP_LOADNIL -> sets = register >= a && register <= a + (i >>> 23);
                case Lua.OP_TFORCALL -> sets = register >= a + 2;
                case Lua.OP_CALL, Lua.OP_TAILCALL -> sets = register >= a;
                case Lua.OP_JMP -> {
                    int target = pc + 1 + (i >>> 14) - 131071;
                    if (pc < target && target <= until) {
                        joined = Math.max(joined, target);
                    }
                    sets = false;
                }
                default -> sets = Lua.testAMode(i & 0x3f) && a == register;
            }
            if (sets) {
                setter = pc < joined ? -1 : pc;
            }
        }
        return setter;
    }

    // Functions.

    /** How the code of {@code caller} calls the function that it is calling now. */
    private static @Nullable Name ofCall(Frame caller) {
        if (caller.closure == null || caller.pc == 0) {
            return null;
        }
        Prototype code = caller.closure.prototype;
        int i = code.code[caller.pc - 1];
        return switch (i & 0x3f) {
            case Lua.OP_CALL, Lua.OP_TAILCALL -> ofRegister(code, caller.pc - 1, i >>> 6 & 0xff);
            case Lua.OP_TFORCALL -> new Name("for iterator", "for iterator");
            case Lua.OP_SELF, Lua.OP_GETTABUP, Lua.OP_GETTABLE -> metamethod("__index");
            case Lua.OP_SETTABUP, Lua.OP_SETTABLE -> metamethod("__newindex");
            case Lua.OP_EQ -> metamethod("__eq");
            case Lua.OP_ADD -> metamethod("__add");
            case Lua.OP_SUB -> metamethod("__sub");
            case Lua.OP_MUL -> metamethod("__mul");
            case Lua.OP_DIV -> metamethod("__div");
            case Lua.OP_MOD -> metamethod("__mod");
            case Lua.OP_POW -> metamethod("__pow");
            case Lua.OP_UNM -> metamethod("__unm");
            case Lua.OP_LEN -> metamethod("__len");
            case Lua.OP_LT -> metamethod("__lt");
            case Lua.OP_LE -> metamethod("__le");
            case Lua.OP_CONCAT -> metamethod("__concat");
            default -> null;
        };
    }

    private static Name metamethod(String event) {
        return new Name("metamethod", event);
    }

    static void nameArgument(ArgumentFailure bad, Builtin function, Frame caller) {
        Name name = ofCall(caller);
        bad.name(
                name == null ? function.name() : name.text(),
                name != null && name.kind().equals("method"));
    }

    static String ofCallee(Frame caller, Builtin function) {
        Name name = ofCall(caller);
        return name == null ? function.name() : name.text();
    }

    // Chunks and tracebacks.

    /** A chunk's name as messages show it. */
    static String chunk(LuaString source) {
        String name = Strings.text(source);
        if (name.startsWith("=")) {
            return name.substring(1, Math.min(name.length(), CHUNK_NAME_MAX));
        }
        if (name.startsWith("@")) {
            return name.length() <= CHUNK_NAME_MAX
                    ? name.substring(1)
                    : "..." + name.substring(name.length() - (CHUNK_NAME_MAX - 4));
        }
        int newline = name.indexOf('\n');
        String line = newline < 0 ? name : name.substring(0, newline);
        int room = CHUNK_NAME_MAX - "[string \"...\"]".length() - 1;
        boolean whole = newline < 0 && line.length() <= room;
        return "[string \"" + (whole ? line : line.substring(0, Math.min(line.length(), room)) + "...") + "\"]";
    }

    /** What the function that {@code caller} is calling is called there; null if that has no name. */
    static @Nullable String called(Frame caller) {
        Name name = ofCall(caller);
        return name == null ? null : name.text();
    }

    /**
     * As {@code luaL_traceback} writes it, levels left out included.
     *
     * @param level of the first to be told; that of {@code top} is 1, or 2 with a {@code raiser}
     * @param atZero the function of the library at level 0
     * @param raiser one above {@code top}, at level 1
     */
    static String traceback(Frame top, int level, String atZero, @Nullable String raiser) {
        var entries = new ArrayList<String>();
        entries.add(inLibrary(atZero));
        if (raiser != null) {
            entries.add(inLibrary(raiser));
        }
        for (Frame frame = top; frame != null; frame = frame.previous) {
            var entry = new StringBuilder();
            append(entry, frame);
            if (!entry.isEmpty()) {
                entries.add(entry.toString());
            }
        }
        int last = entries.size() - 1;
        boolean cut = last > TRACE_HEAD + TRACE_TAIL && level < TRACE_HEAD;
        var text = new StringBuilder("stack traceback:");
        for (int at = Math.max(0, level); at <= last; at++) {
            if (!cut || at < TRACE_HEAD - 1 || at >= last - TRACE_TAIL) {
                text.append(entries.get(at));
            } else if (at == TRACE_HEAD - 1) {
                text.append("\n\t...");
            }
        }
        return text.toString();
    }

    private static String inLibrary(String name) {
        return "\n\t[C]: in function '" + name + "'";
    }

    private static void append(StringBuilder text, Frame frame) {
        Name name = frame.tailCalled || frame.previous == null ? null : ofCall(frame.previous);
        if (frame.closure == null) {
            Control control = frame.control;
            if (frame.handler != null && control == Control.ENTRY_MARK) {
                if (frame.handler instanceof LuaString raiser) {
                    text.append("\n\t[C]: in function '")
                            .append(Strings.text(raiser))
                            .append("'");
                }
            } else if (control != null && control.kind != Control.Kind.ENTRY && control.kind != Control.Kind.BODY) {
                text.append("\n\t[C]: in function '")
                        .append(name == null ? control.name() : name.text())
                        .append("'");
            } else if (control == Control.MAIN_MARK) {
                text.append("\n\t[C]: in ?");
            } else if (name != null) {
                text.append("\n\t[C]: in function '").append(name.text()).append("'");
            }
            return;
        }
        Prototype code = frame.closure.prototype;
        String place = chunk(code.source);
        text.append("\n\t").append(place).append(':');
        int line = frame.currentLine();
        if (line >= 0) {
            text.append(line).append(':');
        }
        if (name != null) {
            text.append(" in function '").append(name.text()).append("'");
        } else if (code.linedefined == 0) {
            text.append(" in main chunk");
        } else {
            text.append(" in function <")
                    .append(place)
                    .append(':')
                    .append(code.linedefined)
                    .append('>');
        }
        if (frame.tailCalled) {
            text.append("\n\t(...tail calls...)");
        }
    }
}
