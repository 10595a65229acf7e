package io.perilune.scripting.vm;

import static org.objectweb.asm.Opcodes.*;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.Lua;
import org.luaj.vm2.LuaNumber;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Prototype;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;

/**
 * Writes one method of {@link CompiledCode}: Lua's instructions in their order, each by its short way, with what is rare
 * (putting registers back, going on in general) once at the end.
 *
 * <p>A register is two variables, of which one is in use at any instruction: an object, or a {@code double} where {@link
 * Flow} knows that it holds a number. One that closures share stays in the frame. {@code ticks} counts instructions as
 * the interpreter does, and is handed over to {@link Execution#ticks} around calls; {@code pc} is what the frame's would
 * be, for whoever asks when an exception passes.
 */
final class Emitter {
    private static final String P = "io/perilune/scripting/vm/";
    private static final String OPERATIONS = P + "Operations";
    private static final String X = "L" + P + "Execution;";
    private static final String F = "L" + P + "Frame;";
    private static final String V = "Lorg/luaj/vm2/LuaValue;";
    private static final String S = "Lorg/luaj/vm2/LuaString;";
    private static final String ARGS = "Lorg/luaj/vm2/Varargs;";
    private static final String VALUE = "org/luaj/vm2/LuaValue";

    private static final int THIS = 0;
    private static final int EXECUTION = 1;
    private static final int FRAME = 2;
    private static final int TICKS = 3;
    private static final int PC = 4;
    private static final int UPVALUES = 5;
    private static final int VALUE_1 = 6;
    private static final int VALUE_2 = 7;
    private static final int LIST = 8;
    private static final int CALLED = 9;
    private static final int NUMBER_1 = 10;
    private static final int REGISTERS = 12;

    private final MethodVisitor out;
    private final String owner;
    private final Flow flow;
    private final Prototype code;
    private final boolean resuming;
    private final Label[] labels;
    private final Label start = new Label();
    private final Label general = new Label();
    private final Label generalFromRegisters = new Label();
    private final Label left = new Label();
    private final List<Stub> stubs = new ArrayList<>();
    /** Instructions counted here and not yet in the code. */
    private int counted;

    private int pc;

    /** Code that is seldom reached, and put out of the way. */
    private record Stub(Label at, int pc, Runnable body) {}

    Emitter(MethodVisitor out, String owner, Flow flow, boolean resuming) {
        this.out = out;
        this.owner = owner;
        this.flow = flow;
        this.resuming = resuming;
        code = flow.code;
        labels = new Label[code.code.length];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = new Label();
        }
    }

    /** @return a label at the end, for its offset */
    Label emit() {
        Label body = new Label();
        Label bodyEnd = new Label();
        Label thrown = new Label();
        out.visitCode();
        out.visitTryCatchBlock(body, bodyEnd, thrown, null);
        if (resuming) {
            enterAnywhere();
        } else {
            enterAtStart();
        }
        out.visitLabel(body);
        for (pc = 0; pc < labels.length; pc++) {
            if (flow.before[pc] != null) {
                out.visitLabel(labels[pc]);
                if (code.lineinfo != null && pc < code.lineinfo.length) {
                    // So that profilers of the JVM tell lines of Lua.
                    out.visitLineNumber(code.lineinfo[pc], labels[pc]);
                }
                instruction(code.code[pc]);
            }
        }
        for (int i = 0; i < stubs.size(); i++) {
            Stub stub = stubs.get(i);
            out.visitLabel(stub.at);
            pc = stub.pc;
            stub.body.run();
        }
        out.visitLabel(bodyEnd);
        rare();
        out.visitLabel(thrown);
        load(EXECUTION);
        load(FRAME);
        out.visitVarInsn(ILOAD, PC);
        out.visitVarInsn(ILOAD, TICKS);
        call("leave", "(Ljava/lang/Throwable;" + X + F + "II)Ljava/lang/Throwable;");
        out.visitInsn(ATHROW);
        Label end = new Label();
        out.visitLabel(end);
        out.visitMaxs(0, 0);
        out.visitEnd();
        return end;
    }

    // Beginnings and ends.

    private void enterAtStart() {
        takeTicks();
        push(out, 0);
        out.visitVarInsn(ISTORE, PC);
        takeUpvalues();
        out.visitFieldInsn(GETSTATIC, VALUE, "NIL", V);
        for (int r = 0; r < flow.size; r++) {
            if (!flow.captured[r] && r >= code.numparams) {
                out.visitInsn(DUP);
                out.visitVarInsn(ASTORE, REGISTERS + r);
            }
        }
        out.visitInsn(POP);
        clearNumbers();
        loadRegisters();
        for (int r = 0; r < code.numparams; r++) {
            if (!flow.captured[r]) {
                out.visitInsn(DUP);
                push(out, r);
                out.visitInsn(AALOAD);
                out.visitVarInsn(ASTORE, REGISTERS + r);
            }
        }
        out.visitInsn(POP);
    }

    private void clearNumbers() {
        for (int r = 0; r < flow.size; r++) {
            if (isEverNumber(r)) {
                out.visitInsn(DCONST_0);
                out.visitVarInsn(DSTORE, number(r));
            }
        }
    }

    private boolean isEverNumber(int r) {
        for (byte[] types : flow.before) {
            if (types != null && types[r] == Flow.NUMBER) {
                return true;
            }
        }
        return false;
    }

    private void enterAnywhere() {
        takeUpvalues();
        clearNumbers();
        out.visitLabel(start);
        takeTicks();
        load(FRAME);
        out.visitFieldInsn(GETFIELD, P + "Frame", "pc", "I");
        out.visitVarInsn(ISTORE, PC);
        loadRegisters();
        for (int r = 0; r < flow.size; r++) {
            if (!flow.captured[r]) {
                out.visitInsn(DUP);
                push(out, r);
                out.visitInsn(AALOAD);
                out.visitVarInsn(ASTORE, REGISTERS + r);
            }
        }
        out.visitInsn(POP);
        Label refused = new Label();
        BitSet entries = flow.entries;
        if (!entries.isEmpty()) {
            int first = entries.nextSetBit(0);
            Label[] targets = new Label[entries.length() - first];
            List<Integer> unpacking = new ArrayList<>();
            for (int i = 0; i < targets.length; i++) {
                int at = first + i;
                targets[i] = !entries.get(at) || flow.before[at] == null
                        ? refused
                        : hasNumbers(at) ? new Label() : labels[at];
                if (targets[i] != refused && targets[i] != labels[at]) {
                    unpacking.add(at);
                }
            }
            out.visitVarInsn(ILOAD, PC);
            out.visitTableSwitchInsn(first, first + targets.length - 1, refused, targets);
            for (int at : unpacking) {
                out.visitLabel(targets[at - first]);
                for (int r = 0; r < flow.size; r++) {
                    if (isLiveNumber(at, r)) {
                        load(REGISTERS + r);
                        out.visitTypeInsn(INSTANCEOF, "org/luaj/vm2/LuaNumber");
                        out.visitJumpInsn(IFEQ, refused);
                        load(REGISTERS + r);
                        call("number", "(" + V + ")D");
                        out.visitVarInsn(DSTORE, number(r));
                    }
                }
                goTo(labels[at]);
            }
        }
        out.visitLabel(refused);
        giveTicks();
        load(EXECUTION);
        load(FRAME);
        call("refuse", "(" + X + F + ")" + V);
        out.visitInsn(ARETURN);
    }

    private boolean hasNumbers(int at) {
        for (int r = 0; r < flow.size; r++) {
            if (isLiveNumber(at, r)) {
                return true;
            }
        }
        return false;
    }

    private boolean isLiveNumber(int at, int r) {
        return flow.typesBefore(at)[r] == Flow.NUMBER && flow.liveBefore[at].get(r);
    }

    /** Where registers go back to the frame, and someone else goes on. */
    private void rare() {
        out.visitLabel(general);
        putBack();
        out.visitLabel(generalFromRegisters);
        load(FRAME);
        out.visitVarInsn(ILOAD, PC);
        out.visitFieldInsn(PUTFIELD, P + "Frame", "pc", "I");
        giveTicks();
        load(EXECUTION);
        load(FRAME);
        out.visitMethodInsn(INVOKEVIRTUAL, P + "Execution", "general", "(" + F + ")Z", false);
        Label elsewhere = new Label();
        out.visitJumpInsn(IFEQ, elsewhere);
        if (resuming) {
            goTo(start);
        } else {
            load(THIS);
            load(EXECUTION);
            load(FRAME);
            out.visitMethodInsn(INVOKEVIRTUAL, owner, "resume", "(" + X + F + ")" + V, false);
            out.visitInsn(ARETURN);
        }
        out.visitLabel(left);
        putBack();
        out.visitLabel(elsewhere);
        out.visitInsn(ACONST_NULL);
        out.visitInsn(ARETURN);
    }

    private void putBack() {
        loadRegisters();
        for (int r = 0; r < flow.size; r++) {
            if (!flow.captured[r]) {
                out.visitInsn(DUP);
                push(out, r);
                load(REGISTERS + r);
                out.visitInsn(AASTORE);
            }
        }
        out.visitInsn(POP);
    }

    private void takeTicks() {
        load(EXECUTION);
        call("ticks", "(" + X + ")I");
        out.visitVarInsn(ISTORE, TICKS);
    }

    private void giveTicks() {
        load(EXECUTION);
        out.visitVarInsn(ILOAD, TICKS);
        out.visitFieldInsn(PUTFIELD, P + "Execution", "ticks", "I");
    }

    private void takeUpvalues() {
        load(FRAME);
        call("upvalues", "(" + F + ")[L" + P + "UpValue;");
        out.visitVarInsn(ASTORE, UPVALUES);
    }

    // Counting.

    /** Counts an instruction that cannot end the call. */
    private void count() {
        counted++;
    }

    private void settle() {
        if (counted > 0) {
            out.visitIincInsn(TICKS, counted);
            counted = 0;
        }
    }

    /** Counts one that can, or that goes elsewhere. */
    private void countAndMark() {
        counted++;
        settle();
        mark(pc + 1);
    }

    private void mark(int at) {
        push(out, at);
        out.visitVarInsn(ISTORE, PC);
    }

    /** Puts the ticks on the stack, and none into the variable. */
    private void handOverTicks() {
        out.visitVarInsn(ILOAD, TICKS);
        out.visitInsn(ICONST_0);
        out.visitVarInsn(ISTORE, TICKS);
    }

    private void lookAtGas() {
        Label enough = new Label();
        out.visitVarInsn(ILOAD, TICKS);
        push(out, Execution.TICKS_MAX);
        out.visitJumpInsn(IF_ICMPLE, enough);
        load(EXECUTION);
        handOverTicks();
        call("gas", "(" + X + "I)V");
        out.visitLabel(enough);
    }

    // Going from one instruction to another.

    private void fall() {
        go(pc, pc + 1);
        if (flow.leaders.get(pc + 1)) {
            settle();
        }
    }

    /** What the next instruction takes for objects becomes such. */
    private void go(int from, int to) {
        byte[] after = flow.after(from, to);
        byte[] then = flow.typesBefore(to);
        BitSet live = flow.liveBefore[to];
        for (int r = live.nextSetBit(0); r >= 0; r = live.nextSetBit(r + 1)) {
            if (after[r] == Flow.NUMBER && then[r] != Flow.NUMBER) {
                boxInPlace(r);
            }
        }
    }

    private boolean isPlain(int from, int to) {
        byte[] after = flow.after(from, to);
        byte[] then = flow.typesBefore(to);
        BitSet live = flow.liveBefore[to];
        for (int r = live.nextSetBit(0); r >= 0; r = live.nextSetBit(r + 1)) {
            if (after[r] == Flow.NUMBER && then[r] != Flow.NUMBER) {
                return false;
            }
        }
        return true;
    }

    private Label way(int to) {
        if (isPlain(pc, to)) {
            return labels[to];
        }
        int from = pc;
        return stub(() -> {
            go(from, to);
            goTo(labels[to]);
        });
    }

    private Label stub(Runnable body) {
        Label at = new Label();
        stubs.add(new Stub(at, pc, body));
        return at;
    }

    private void goTo(Label label) {
        out.visitJumpInsn(GOTO, label);
    }

    /** To the general way of this instruction, with its registers as they were before it. */
    private Label general() {
        int from = pc;
        return stub(() -> {
            boxLive(from);
            goTo(general);
        });
    }

    private void boxLive(int at) {
        byte[] types = flow.typesBefore(at);
        BitSet live = flow.liveBefore[at];
        for (int r = live.nextSetBit(0); r >= 0; r = live.nextSetBit(r + 1)) {
            if (types[r] == Flow.NUMBER) {
                boxInPlace(r);
            }
        }
    }

    /** Out of here, because a call has not come back: registers that are read later go to the frame. */
    private Label left() {
        int from = pc;
        return stub(() -> {
            byte[] types = flow.after(from, from + 1);
            BitSet live = flow.liveBefore[from + 1];
            for (int r = live.nextSetBit(0); r >= 0; r = live.nextSetBit(r + 1)) {
                if (types[r] == Flow.NUMBER) {
                    boxInPlace(r);
                }
            }
            goTo(left);
        });
    }

    // Registers.

    private int number(int r) {
        return REGISTERS + flow.size + 2 * r;
    }

    private void load(int variable) {
        out.visitVarInsn(ALOAD, variable);
    }

    private void loadRegisters() {
        load(FRAME);
        out.visitFieldInsn(GETFIELD, P + "Frame", "registers", "[" + V);
    }

    private void boxInPlace(int r) {
        out.visitVarInsn(DLOAD, number(r));
        call("box", "(D)" + V);
        out.visitVarInsn(ASTORE, REGISTERS + r);
    }

    private boolean isNumber(int operand) {
        return flow.isNumber(pc, operand);
    }

    /** A register or a constant, as an object. */
    private void loadObject(int operand) {
        if (operand > 0xff) {
            loadConstant(operand & 0xff);
        } else if (flow.captured[operand]) {
            loadRegisters();
            push(out, operand);
            out.visitInsn(AALOAD);
        } else if (isNumber(operand)) {
            out.visitVarInsn(DLOAD, number(operand));
            call("box", "(D)" + V);
        } else {
            load(REGISTERS + operand);
        }
    }

    private void loadConstant(int index) {
        out.visitFieldInsn(GETSTATIC, owner, "k" + index, "L" + Translator.constantType(code.k[index]) + ";");
    }

    /** One that is known to be a number. */
    private void loadNumber(int operand) {
        if (operand > 0xff) {
            out.visitLdcInsn(((LuaNumber) code.k[operand & 0xff]).todouble());
        } else {
            out.visitVarInsn(DLOAD, number(operand));
        }
    }

    /** One that is known to be a number, or found to be one, or else {@code notNumber} is where to go. */
    private void loadChecked(int operand, Label notNumber) {
        if (isNumber(operand)) {
            loadNumber(operand);
            return;
        }
        loadObject(operand);
        out.visitInsn(DUP);
        out.visitVarInsn(ASTORE, VALUE_1);
        out.visitTypeInsn(INSTANCEOF, "org/luaj/vm2/LuaNumber");
        out.visitJumpInsn(IFEQ, notNumber);
        load(VALUE_1);
        call("number", "(" + V + ")D");
    }

    private void storeObject(int r) {
        if (flow.captured[r]) {
            loadRegisters();
            out.visitInsn(SWAP);
            push(out, r);
            out.visitInsn(SWAP);
            out.visitInsn(AASTORE);
        } else {
            out.visitVarInsn(ASTORE, REGISTERS + r);
        }
    }

    private void storeNumber(int r) {
        if (flow.captured[r]) {
            call("box", "(D)" + V);
            storeObject(r);
        } else {
            out.visitVarInsn(DSTORE, number(r));
        }
    }

    /** Registers to the frame, for what works on several at once. */
    private void putBack(int from, int to) {
        for (int r = from; r < to; r++) {
            if (!flow.captured[r]) {
                loadRegisters();
                push(out, r);
                loadObject(r);
                out.visitInsn(AASTORE);
            }
        }
    }

    private void takeBack(int from, int to) {
        for (int r = from; r < Math.min(to, flow.size); r++) {
            if (!flow.captured[r]) {
                loadRegisters();
                push(out, r);
                out.visitInsn(AALOAD);
                out.visitVarInsn(ASTORE, REGISTERS + r);
            }
        }
    }

    private void takeBackNumber(int r) {
        if (!flow.captured[r]) {
            loadRegisters();
            push(out, r);
            out.visitInsn(AALOAD);
            call("number", "(" + V + ")D");
            out.visitVarInsn(DSTORE, number(r));
        }
    }

    // Instructions.

    private void instruction(int i) {
        int a = Flow.a(i);
        int b = Flow.b(i);
        int c = Flow.c(i);
        switch (Flow.operation(i)) {
            case Lua.OP_MOVE -> {
                count();
                if (!flow.captured[b] && isNumber(b)) {
                    loadNumber(b);
                    storeNumber(a);
                } else {
                    loadObject(b);
                    storeObject(a);
                }
                fall();
            }
            case Lua.OP_LOADK -> {
                count();
                LuaValue constant = code.k[Flow.bx(i)];
                if (constant instanceof LuaNumber number && !flow.captured[a]) {
                    out.visitLdcInsn(number.todouble());
                    storeNumber(a);
                } else {
                    loadConstant(Flow.bx(i));
                    storeObject(a);
                }
                fall();
            }
            case Lua.OP_LOADBOOL -> {
                count();
                out.visitFieldInsn(GETSTATIC, VALUE, b != 0 ? "TRUE" : "FALSE", "Lorg/luaj/vm2/LuaBoolean;");
                storeObject(a);
                if (c != 0) {
                    settle();
                    go(pc, pc + 2);
                    goTo(labels[pc + 2]);
                } else {
                    fall();
                }
            }
            case Lua.OP_LOADNIL -> {
                count();
                for (int r = a; r <= a + b; r++) {
                    out.visitFieldInsn(GETSTATIC, VALUE, "NIL", V);
                    storeObject(r);
                }
                fall();
            }
            case Lua.OP_GETUPVAL -> {
                count();
                loadUpvalue(b);
                storeObject(a);
                fall();
            }
            case Lua.OP_SETUPVAL -> {
                count();
                load(UPVALUES);
                push(out, b);
                out.visitInsn(AALOAD);
                loadObject(a);
                out.visitMethodInsn(INVOKEVIRTUAL, P + "UpValue", "set", "(" + V + ")V", false);
                fall();
            }
            case Lua.OP_GETTABUP -> {
                countAndMark();
                loadUpvalue(b);
                index(a, c);
            }
            case Lua.OP_GETTABLE -> {
                countAndMark();
                loadObject(b);
                index(a, c);
            }
            case Lua.OP_SELF -> {
                countAndMark();
                loadObject(b);
                out.visitInsn(DUP);
                out.visitVarInsn(ASTORE, VALUE_2);
                if (c > 0xff) {
                    load(VALUE_2);
                    storeObject(a + 1);
                    index(a, c);
                } else {
                    loadObject(c);
                    out.visitVarInsn(ASTORE, VALUE_1);
                    load(VALUE_2);
                    storeObject(a + 1);
                    load(VALUE_1);
                    indexByObject(a);
                }
            }
            case Lua.OP_SETTABUP -> {
                countAndMark();
                loadUpvalue(a);
                assign(b, c);
            }
            case Lua.OP_SETTABLE -> {
                countAndMark();
                loadObject(a);
                assign(b, c);
            }
            case Lua.OP_NEWTABLE -> {
                countAndMark();
                load(EXECUTION);
                push(out, Execution.sizeOf(b));
                push(out, Execution.sizeOf(c));
                call("table", "(" + X + "II)" + V);
                storeObject(a);
                fall();
            }
            case Lua.OP_ADD, Lua.OP_SUB, Lua.OP_MUL, Lua.OP_DIV, Lua.OP_MOD, Lua.OP_POW ->
                arithmetic(Flow.operation(i), a, b, c);
            case Lua.OP_UNM -> negate(a, b);
            case Lua.OP_NOT -> {
                count();
                loadObject(b);
                call("not", "(" + V + ")" + V);
                storeObject(a);
                fall();
            }
            case Lua.OP_LEN -> length(a, b);
            case Lua.OP_CONCAT -> {
                countAndMark();
                putBack(b, c + 1);
                load(EXECUTION);
                load(FRAME);
                push(out, b);
                push(out, c);
                call("concat", "(" + X + F + "II)" + V);
                storeOrGeneral(a);
                fall();
            }
            case Lua.OP_JMP -> jump(a);
            case Lua.OP_EQ -> compare("equal", a, b, c, IFNE);
            case Lua.OP_LT -> compare("less", a, b, c, IFGE);
            case Lua.OP_LE -> compare("lessOrEqual", a, b, c, IFGT);
            case Lua.OP_TEST -> {
                count();
                settle();
                test(a, c, way(pc + 2));
                fall();
            }
            case Lua.OP_TESTSET -> {
                count();
                settle();
                test(b, c, way(pc + 2));
                if (!flow.captured[b] && isNumber(b)) {
                    loadNumber(b);
                    storeNumber(a);
                } else {
                    loadObject(b);
                    storeObject(a);
                }
                fall();
            }
            case Lua.OP_CALL -> call(a, b, c);
            case Lua.OP_TAILCALL -> tailCall(a, b);
            case Lua.OP_RETURN -> end(a, b);
            case Lua.OP_FORPREP -> prepareFor(a);
            case Lua.OP_FORLOOP -> stepFor(a);
            case Lua.OP_TFORCALL -> iterate(a, c);
            case Lua.OP_TFORLOOP -> {
                count();
                settle();
                loadObject(a + 1);
                out.visitInsn(DUP);
                out.visitVarInsn(ASTORE, VALUE_1);
                out.visitFieldInsn(GETSTATIC, VALUE, "NIL", V);
                Label done = new Label();
                out.visitJumpInsn(IF_ACMPEQ, done);
                load(VALUE_1);
                storeObject(a);
                go(pc, flow.target(pc));
                goTo(labels[flow.target(pc)]);
                out.visitLabel(done);
                fall();
            }
            case Lua.OP_SETLIST -> {
                countAndMark();
                putBack(a, b == 0 ? flow.openFrom(pc) : a + b + 1);
                load(EXECUTION);
                load(FRAME);
                push(out, a);
                push(out, b == 0 ? -1 : b);
                push(out, c);
                call("setList", "(" + X + F + "III)V");
                fall();
            }
            case Lua.OP_CLOSURE -> {
                countAndMark();
                load(EXECUTION);
                load(FRAME);
                push(out, Flow.bx(i));
                call("close", "(" + X + F + "I)" + V);
                storeObject(a);
                fall();
            }
            case Lua.OP_VARARG -> {
                countAndMark();
                load(EXECUTION);
                load(FRAME);
                push(out, a);
                push(out, b - 1);
                call("varargs", "(" + X + F + "II)V");
                if (b > 0) {
                    takeBack(a, a + b - 1);
                }
                fall();
            }
            default -> throw new IllegalStateException("instruction " + Flow.operation(i));
        }
    }

    private void loadUpvalue(int index) {
        load(UPVALUES);
        push(out, index);
        out.visitInsn(AALOAD);
        out.visitMethodInsn(INVOKEVIRTUAL, P + "UpValue", "get", "()" + V, false);
    }

    private void storeOrGeneral(int a) {
        out.visitInsn(DUP);
        out.visitVarInsn(ASTORE, VALUE_2);
        out.visitJumpInsn(IFNULL, general());
        load(VALUE_2);
        storeObject(a);
    }

    /** The object is on the stack. */
    private void index(int a, int key) {
        if (isNumber(key)) {
            out.visitVarInsn(ASTORE, VALUE_1);
            load(EXECUTION);
            load(FRAME);
            load(VALUE_1);
            loadNumber(key);
            push(out, pc + 1);
            call("index", "(" + X + F + V + "DI)" + V);
        } else if (key > 0xff && code.k[key & 0xff] instanceof LuaString) {
            out.visitVarInsn(ASTORE, VALUE_1);
            load(EXECUTION);
            load(FRAME);
            load(VALUE_1);
            loadObject(key);
            push(out, pc + 1);
            call("index", "(" + X + F + V + S + "I)" + V);
        } else {
            loadObject(key);
            indexByObject(a);
            return;
        }
        storeOrGeneral(a);
        fall();
    }

    /** The object and the key are on the stack. */
    private void indexByObject(int a) {
        out.visitVarInsn(ASTORE, VALUE_1);
        out.visitVarInsn(ASTORE, VALUE_2);
        load(EXECUTION);
        load(FRAME);
        load(VALUE_2);
        load(VALUE_1);
        push(out, pc + 1);
        call("index", "(" + X + F + V + V + "I)" + V);
        storeOrGeneral(a);
        fall();
    }

    /** The object is on the stack. */
    private void assign(int key, int value) {
        out.visitVarInsn(ASTORE, VALUE_1);
        load(EXECUTION);
        load(FRAME);
        load(VALUE_1);
        String type = V;
        if (isNumber(key)) {
            loadNumber(key);
            type = "D";
        } else {
            loadObject(key);
            if (key > 0xff && code.k[key & 0xff] instanceof LuaString) {
                type = S;
            }
        }
        loadObject(value);
        push(out, pc + 1);
        call("assign", "(" + X + F + V + type + V + "I)Z");
        out.visitJumpInsn(IFEQ, general());
        fall();
    }

    private void arithmetic(int operation, int a, int b, int c) {
        boolean plain = isNumber(b) && isNumber(c);
        if (!flow.makesNumber(pc)) {
            countAndMark();
            loadObject(b);
            loadObject(c);
            String name = switch (operation) {
                case Lua.OP_ADD -> "add";
                case Lua.OP_SUB -> "sub";
                case Lua.OP_MUL -> "mul";
                case Lua.OP_DIV -> "div";
                case Lua.OP_MOD -> "mod";
                default -> "pow";
            };
            out.visitMethodInsn(INVOKESTATIC, P + "Arithmetic", name, "(" + V + V + ")" + V, false);
            storeOrGeneral(a);
            fall();
            return;
        }
        if (plain) {
            count();
            loadNumber(b);
            loadNumber(c);
        } else {
            countAndMark();
            Label notNumber = general();
            loadChecked(b, notNumber);
            if (isNumber(c)) {
                loadNumber(c);
            } else {
                // The stack is empty wherever control goes elsewhere.
                out.visitVarInsn(DSTORE, NUMBER_1);
                loadChecked(c, notNumber);
                out.visitVarInsn(DLOAD, NUMBER_1);
                out.visitInsn(DUP2_X2);
                out.visitInsn(POP2);
            }
        }
        switch (operation) {
            case Lua.OP_ADD -> out.visitInsn(DADD);
            case Lua.OP_SUB -> out.visitInsn(DSUB);
            case Lua.OP_MUL -> out.visitInsn(DMUL);
            case Lua.OP_DIV -> out.visitInsn(DDIV);
            case Lua.OP_MOD -> out.visitMethodInsn(INVOKESTATIC, P + "Arithmetic", "remainder", "(DD)D", false);
            default -> out.visitMethodInsn(INVOKESTATIC, P + "Arithmetic", "power", "(DD)D", false);
        }
        storeNumber(a);
        fall();
    }

    private void negate(int a, int b) {
        if (!flow.makesNumber(pc)) {
            countAndMark();
            loadObject(b);
            out.visitMethodInsn(INVOKESTATIC, P + "Arithmetic", "unm", "(" + V + ")" + V, false);
            storeOrGeneral(a);
        } else {
            if (isNumber(b)) {
                count();
                loadNumber(b);
            } else {
                countAndMark();
                loadChecked(b, general());
            }
            out.visitInsn(DNEG);
            storeNumber(a);
        }
        fall();
    }

    private void length(int a, int b) {
        countAndMark();
        loadObject(b);
        call("length", "(" + V + ")I");
        out.visitInsn(DUP);
        Label some = new Label();
        out.visitJumpInsn(IFGE, some);
        out.visitInsn(POP);
        goTo(general());
        out.visitLabel(some);
        out.visitInsn(I2D);
        if (flow.makesNumber(pc)) {
            storeNumber(a);
        } else {
            call("box", "(D)" + V);
            storeObject(a);
        }
        fall();
    }

    private void jump(int a) {
        count();
        settle();
        if (a > 0) {
            load(FRAME);
            push(out, a - 1);
            out.visitMethodInsn(INVOKEVIRTUAL, P + "Frame", "close", "(I)V", false);
        }
        int target = flow.target(pc);
        if (target <= pc) {
            mark(target);
            lookAtGas();
        }
        go(pc, target);
        if (target != pc + 1) {
            goTo(labels[target]);
        }
    }

    /** To {@code otherwise} if the value's truth is not as {@code wanted}. */
    private void test(int r, int wanted, Label otherwise) {
        if (!flow.captured[r] && isNumber(r)) {
            if (wanted == 0) {
                goTo(otherwise);
                // What follows is reached by nobody; the JVM's verifier is told so.
            }
            return;
        }
        loadObject(r);
        call("truth", "(" + V + ")Z");
        out.visitJumpInsn(wanted != 0 ? IFEQ : IFNE, otherwise);
    }

    /** @param ifNot jumps if the comparison of two numbers by {@code DCMPG} says no */
    private void compare(String name, int wanted, int b, int c, int ifNot) {
        boolean order = ifNot != IFNE;
        if (isNumber(b) && isNumber(c)) {
            count();
            settle();
            loadNumber(b);
            loadNumber(c);
            branchOnNumbers(ifNot, wanted);
        } else if (order && (isNumber(b) || isNumber(c))) {
            countAndMark();
            Label notNumbers = general();
            loadChecked(b, notNumbers);
            if (isNumber(c)) {
                loadNumber(c);
            } else {
                out.visitVarInsn(DSTORE, NUMBER_1);
                loadChecked(c, notNumbers);
                out.visitVarInsn(DLOAD, NUMBER_1);
                out.visitInsn(DUP2_X2);
                out.visitInsn(POP2);
            }
            branchOnNumbers(ifNot, wanted);
        } else {
            countAndMark();
            load(EXECUTION);
            loadObject(b);
            loadObject(c);
            call(name, "(" + X + V + V + ")I");
            out.visitInsn(DUP);
            Label known = new Label();
            out.visitJumpInsn(IFGE, known);
            out.visitInsn(POP);
            goTo(general());
            out.visitLabel(known);
            out.visitJumpInsn(wanted != 0 ? IFEQ : IFNE, way(pc + 2));
        }
        fall();
    }

    private void branchOnNumbers(int ifNot, int wanted) {
        // A NaN is neither less, equal nor more: DCMPG makes it more, which is "no" for all three.
        out.visitInsn(DCMPG);
        out.visitJumpInsn(wanted != 0 ? ifNot : opposite(ifNot), way(pc + 2));
    }

    private static int opposite(int jump) {
        return switch (jump) {
            case IFNE -> IFEQ;
            case IFGE -> IFLT;
            case IFGT -> IFLE;
            default -> throw new IllegalStateException("jump " + jump);
        };
    }

    // Calls.

    private static final String CALLED_FRAME = P + "Frame";

    private void call(int a, int b, int c) {
        countAndMark();
        load(FRAME);
        push(out, pc + 1);
        out.visitFieldInsn(PUTFIELD, P + "Frame", "pc", "I");
        int wanted = c - 1;
        int n = b - 1;
        boolean listed = n < 0 || n > 3;
        if (listed) {
            putBack(a, n < 0 ? flow.openFrom(pc) : a + n + 1);
        }
        loadCallee(a, listed);
        out.visitInsn(DUP);
        out.visitVarInsn(ASTORE, VALUE_1);
        out.visitTypeInsn(INSTANCEOF, P + "Closure");
        Label other = new Label();
        Label done = new Label();
        out.visitJumpInsn(IFEQ, other);
        if (listed) {
            load(EXECUTION);
            load(FRAME);
            push(out, a);
            push(out, n);
            push(out, wanted);
            handOverTicks();
            call("enterFrom", "(" + X + F + "IIII)" + F);
        } else {
            load(EXECUTION);
            load(VALUE_1);
            for (int j = 1; j <= n; j++) {
                loadObject(a + j);
            }
            push(out, a);
            push(out, wanted);
            handOverTicks();
            call("enter", "(" + X + V + V.repeat(n) + "III)" + F);
        }
        runCalled();
        if (wanted == 1) {
            load(VALUE_2);
            storeObject(a);
        } else if (wanted > 1) {
            takeBack(a, a + wanted);
        }
        goTo(done);
        out.visitLabel(other);
        if (listed) {
            load(EXECUTION);
            load(FRAME);
            push(out, a);
            push(out, n);
            handOverTicks();
            call("otherFrom", "(" + X + F + "III)" + ARGS);
        } else {
            load(EXECUTION);
            load(VALUE_1);
            loadArguments(a + 1, n);
            handOverTicks();
            call("other", "(" + X + V + ARGS + "I)" + ARGS);
        }
        out.visitVarInsn(ASTORE, LIST);
        load(LIST);
        out.visitJumpInsn(IFNULL, n < 0 ? generalAfterOpenList() : generalAfterTicks());
        storeResults(a, wanted);
        out.visitLabel(done);
        fall();
    }

    private Label generalAfterTicks() {
        int from = pc;
        return stub(() -> {
            takeTicks();
            boxLive(from);
            goTo(general);
        });
    }

    /** The list is in the frame already, beyond what is put back here. */
    private Label generalAfterOpenList() {
        return stub(() -> {
            takeTicks();
            BitSet live = flow.liveBefore[pc];
            for (int r = live.nextSetBit(0); r >= 0; r = live.nextSetBit(r + 1)) {
                putBack(r, r + 1);
            }
            goTo(generalFromRegisters);
        });
    }

    private void loadCallee(int a, boolean listed) {
        if (listed) {
            loadRegisters();
            push(out, a);
            out.visitInsn(AALOAD);
        } else {
            loadObject(a);
        }
    }

    /** Runs the frame on the stack; its first result is then in {@link #VALUE_2}. */
    private void runCalled() {
        out.visitVarInsn(ASTORE, CALLED);
        load(CALLED);
        out.visitJumpInsn(IFNULL, left());
        load(EXECUTION);
        load(CALLED);
        call("compiled", "(L" + CALLED_FRAME + ";)L" + P + "CompiledCode;");
        load(EXECUTION);
        load(CALLED);
        out.visitMethodInsn(INVOKEVIRTUAL, P + "CompiledCode", "run", "(" + X + F + ")" + V, false);
        load(CALLED);
        call("end", "(" + X + V + F + ")" + V);
        out.visitVarInsn(ASTORE, VALUE_2);
        load(VALUE_2);
        out.visitJumpInsn(IFNULL, left());
        takeTicks();
    }

    private void loadArguments(int from, int n) {
        switch (n) {
            case 0 -> {
                out.visitFieldInsn(GETSTATIC, VALUE, "NONE", "Lorg/luaj/vm2/LuaValue;");
            }
            case 1 -> loadObject(from);
            case 2 -> {
                loadObject(from);
                loadObject(from + 1);
                call("pair", "(" + V + V + ")" + ARGS);
            }
            default -> {
                loadObject(from);
                loadObject(from + 1);
                loadObject(from + 2);
                call("triple", "(" + V + V + V + ")" + ARGS);
            }
        }
    }

    private void storeResults(int a, int wanted) {
        if (wanted == 0) {
            return;
        }
        if (wanted > 0 && wanted <= 2) {
            for (int j = 0; j < wanted; j++) {
                load(LIST);
                push(out, j + 1);
                out.visitMethodInsn(INVOKEVIRTUAL, "org/luaj/vm2/Varargs", "arg", "(I)" + V, false);
                storeObject(a + j);
            }
            return;
        }
        load(EXECUTION);
        load(FRAME);
        push(out, a);
        push(out, wanted);
        load(LIST);
        out.visitMethodInsn(INVOKEVIRTUAL, P + "Execution", "store", "(" + F + "II" + ARGS + ")V", false);
        if (wanted > 0) {
            takeBack(a, a + wanted);
        }
    }

    private void tailCall(int a, int b) {
        countAndMark();
        load(FRAME);
        push(out, pc + 1);
        out.visitFieldInsn(PUTFIELD, P + "Frame", "pc", "I");
        putBack(a, b == 0 ? flow.openFrom(pc) : a + b);
        load(EXECUTION);
        load(FRAME);
        push(out, a);
        push(out, b - 1);
        handOverTicks();
        // The frame becomes another function's, and where that is, is its own to say.
        mark(-1);
        call("tail", "(" + X + F + "III)" + V);
        out.visitVarInsn(ASTORE, VALUE_1);
        load(VALUE_1);
        out.visitFieldInsn(GETSTATIC, VALUE, "NIL", V);
        Label delivered = new Label();
        out.visitJumpInsn(IF_ACMPEQ, delivered);
        Label given = new Label();
        load(VALUE_1);
        load(EXECUTION);
        call("goesOn", "(" + V + X + ")Z");
        out.visitJumpInsn(IFEQ, given);
        load(FRAME);
        call("compiled", "(" + F + ")L" + P + "CompiledCode;");
        load(EXECUTION);
        load(FRAME);
        out.visitMethodInsn(INVOKEVIRTUAL, P + "CompiledCode", "run", "(" + X + F + ")" + V, false);
        load(EXECUTION);
        call("ended", "(" + V + X + ")" + V);
        out.visitInsn(ARETURN);
        out.visitLabel(given);
        load(VALUE_1);
        out.visitInsn(ARETURN);
        out.visitLabel(delivered);
        fall();
    }

    private void end(int a, int b) {
        countAndMark();
        if (flow.hasCaptured()) {
            load(FRAME);
            push(out, 0);
            out.visitMethodInsn(INVOKEVIRTUAL, P + "Frame", "close", "(I)V", false);
        }
        if (b == 2) {
            load(EXECUTION);
            load(FRAME);
            loadObject(a);
            handOverTicks();
            call("returned", "(" + X + F + V + "I)" + V);
        } else {
            putBack(a, b == 0 ? flow.openFrom(pc) : a + b - 1);
            load(EXECUTION);
            load(FRAME);
            push(out, a);
            push(out, b - 1);
            handOverTicks();
            call("returned", "(" + X + F + "III)" + V);
        }
        out.visitInsn(ARETURN);
    }

    // Loops.

    private boolean isKept(int a) {
        return !flow.captured[a] && !flow.captured[a + 1] && !flow.captured[a + 2];
    }

    private void prepareFor(int a) {
        if (isKept(a) && isNumber(a) && isNumber(a + 1) && isNumber(a + 2)) {
            count();
            settle();
            loadNumber(a);
            loadNumber(a + 2);
            out.visitInsn(DSUB);
            storeNumber(a);
        } else {
            countAndMark();
            putBack(a, a + 3);
            load(EXECUTION);
            load(FRAME);
            push(out, a);
            call("prepareFor", "(" + X + F + "I)V");
            takeBackNumber(a);
            takeBackNumber(a + 1);
            takeBackNumber(a + 2);
        }
        settle();
        go(pc, flow.target(pc));
        goTo(labels[flow.target(pc)]);
    }

    private void stepFor(int a) {
        count();
        settle();
        Label over = new Label();
        if (isKept(a)) {
            loadNumber(a);
            loadNumber(a + 2);
            out.visitInsn(DADD);
            out.visitVarInsn(DSTORE, NUMBER_1);
            Double step = constantStep(a);
            if (step == null) {
                Label down = new Label();
                Label on = new Label();
                loadNumber(a + 2);
                out.visitInsn(DCONST_0);
                out.visitInsn(DCMPL);
                out.visitJumpInsn(IFLE, down);
                upTo(a, over);
                goTo(on);
                out.visitLabel(down);
                downTo(a, over);
                out.visitLabel(on);
            } else if (step > 0) {
                upTo(a, over);
            } else {
                downTo(a, over);
            }
            out.visitVarInsn(DLOAD, NUMBER_1);
            out.visitInsn(DUP2);
            storeNumber(a);
            storeNumber(a + 3);
        } else {
            putBack(a, a + 3);
            load(FRAME);
            push(out, a);
            call("stepFor", "(" + F + "I)Z");
            out.visitJumpInsn(IFEQ, over);
            takeBackNumber(a);
            takeBackNumber(a + 3);
        }
        int target = flow.target(pc);
        mark(target);
        lookAtGas();
        go(pc, target);
        goTo(labels[target]);
        out.visitLabel(over);
        fall();
    }

    private void upTo(int a, Label over) {
        out.visitVarInsn(DLOAD, NUMBER_1);
        loadNumber(a + 1);
        out.visitInsn(DCMPG);
        out.visitJumpInsn(IFGT, over);
    }

    private void downTo(int a, Label over) {
        loadNumber(a + 1);
        out.visitVarInsn(DLOAD, NUMBER_1);
        out.visitInsn(DCMPG);
        out.visitJumpInsn(IFGT, over);
    }

    /** The step of the loop that ends here, where the source says it or leaves it out; null if it is computed. */
    private @Nullable Double constantStep(int a) {
        int body = flow.target(pc);
        int loaded = body - 2;
        if (loaded < 0 || Flow.operation(code.code[body - 1]) != Lua.OP_FORPREP) {
            return null;
        }
        int i = code.code[loaded];
        return Flow.operation(i) == Lua.OP_LOADK
                        && Flow.a(i) == a + 2
                        && !flow.leaders.get(body - 1)
                        && code.k[Flow.bx(i)] instanceof LuaNumber step
                ? (Double) step.todouble()
                : null;
    }

    private void iterate(int a, int wanted) {
        countAndMark();
        load(FRAME);
        push(out, pc + 1);
        out.visitFieldInsn(PUTFIELD, P + "Frame", "pc", "I");
        loadObject(a);
        out.visitInsn(DUP);
        out.visitVarInsn(ASTORE, VALUE_1);
        out.visitTypeInsn(INSTANCEOF, P + "Closure");
        Label other = new Label();
        Label done = new Label();
        out.visitJumpInsn(IFEQ, other);
        load(EXECUTION);
        handOverTicks();
        call("gas", "(" + X + "I)V");
        load(EXECUTION);
        load(VALUE_1);
        loadObject(a + 1);
        loadObject(a + 2);
        push(out, a + 3);
        push(out, wanted);
        push(out, 0);
        call("enter", "(" + X + V + V + V + "III)" + F);
        runCalled();
        if (wanted == 1) {
            load(VALUE_2);
            storeObject(a + 3);
        } else {
            takeBack(a + 3, a + 3 + wanted);
        }
        goTo(done);
        out.visitLabel(other);
        load(EXECUTION);
        load(VALUE_1);
        loadObject(a + 1);
        loadObject(a + 2);
        handOverTicks();
        call("iterate", "(" + X + V + V + V + "I)" + ARGS);
        out.visitVarInsn(ASTORE, LIST);
        load(LIST);
        out.visitJumpInsn(IFNULL, generalAfterTicks());
        storeResults(a + 3, wanted);
        out.visitLabel(done);
        fall();
    }

    // The JVM's own.

    private void call(String name, String descriptor) {
        out.visitMethodInsn(INVOKESTATIC, OPERATIONS, name, descriptor, false);
    }

    static void push(MethodVisitor out, int value) {
        if (value >= -1 && value <= 5) {
            out.visitInsn(ICONST_0 + value);
        } else if (value >= Byte.MIN_VALUE && value <= Byte.MAX_VALUE) {
            out.visitIntInsn(BIPUSH, value);
        } else if (value >= Short.MIN_VALUE && value <= Short.MAX_VALUE) {
            out.visitIntInsn(SIPUSH, value);
        } else {
            out.visitLdcInsn(value);
        }
    }
}
