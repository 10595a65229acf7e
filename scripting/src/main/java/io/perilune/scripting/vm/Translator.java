package io.perilune.scripting.vm;

import static org.objectweb.asm.Opcodes.*;

import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Prototype;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodTooLargeException;
import org.objectweb.asm.MethodVisitor;

/**
 * Makes {@link CompiledCode} of a prototype: a hidden class, whose constants are the prototype's, and which goes when
 * the {@link Code} goes.
 */
final class Translator {
    /** The JVM leaves methods of more than 8,000 bytes to its own interpreter, which is slower than ours. */
    private static final int METHOD_BYTES_MAX = 8000;

    private static final int INSTRUCTIONS_MAX = 1000;

    private static final String PACKAGE = "io/perilune/scripting/vm/";
    private static final String SUPER = PACKAGE + "CompiledCode";
    private static final String NAME = PACKAGE + "CompiledLua";
    private static final String VALUE = "org/luaj/vm2/LuaValue";
    private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();

    private Translator() {}

    /**
     * @param assuming that arithmetic is done with numbers, which is found out where it is not so
     * @return null if this is too long to be worth it, or of an unforeseen form
     */
    static @Nullable CompiledCode translate(Code code, boolean assuming) {
        Prototype prototype = code.prototype;
        if (prototype.code.length > INSTRUCTIONS_MAX) {
            return null;
        }
        Flow flow = Flow.of(prototype, assuming);
        if (flow == null) {
            return null;
        }
        var out = new Writer();
        out.visit(V17, ACC_FINAL | ACC_SUPER, NAME, null, SUPER, null);
        out.visitSource(Names.chunk(prototype.source), null);
        constants(out, prototype.k);
        constructor(out);
        List<Label> ends = new ArrayList<>();
        for (boolean resuming : new boolean[] {false, true}) {
            MethodVisitor method = out.visitMethod(
                    0,
                    resuming ? "resume" : "run",
                    "(L" + PACKAGE + "Execution;L" + PACKAGE + "Frame;)L" + VALUE + ";",
                    null,
                    null);
            ends.add(new Emitter(method, NAME, flow, resuming).emit());
        }
        out.visitEnd();
        byte[] bytes;
        try {
            bytes = out.toByteArray();
        } catch (MethodTooLargeException large) {
            return null;
        }
        for (Label end : ends) {
            if (end.getOffset() >= METHOD_BYTES_MAX) {
                return null;
            }
        }
        return define(bytes, prototype.k);
    }

    private static CompiledCode define(byte[] bytes, LuaValue[] constants) {
        try {
            Class<?> made = LOOKUP.defineHiddenClassWithClassData(bytes, constants.clone(), true)
                    .lookupClass();
            return (CompiledCode) made.getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException("a class of our own making cannot be made", impossible);
        }
    }

    /** Static and final, which is what the JVM's compiler takes for constants. */
    private static void constants(ClassWriter out, LuaValue[] k) {
        MethodVisitor init = out.visitMethod(ACC_STATIC, "<clinit>", "()V", null, null);
        init.visitCode();
        init.visitMethodInsn(
                INVOKESTATIC,
                "java/lang/invoke/MethodHandles",
                "lookup",
                "()Ljava/lang/invoke/MethodHandles$Lookup;",
                false);
        init.visitLdcInsn("_");
        init.visitLdcInsn(org.objectweb.asm.Type.getType("[L" + VALUE + ";"));
        init.visitMethodInsn(
                INVOKESTATIC,
                "java/lang/invoke/MethodHandles",
                "classData",
                "(Ljava/lang/invoke/MethodHandles$Lookup;Ljava/lang/String;Ljava/lang/Class;)Ljava/lang/Object;",
                false);
        init.visitTypeInsn(CHECKCAST, "[L" + VALUE + ";");
        init.visitVarInsn(ASTORE, 0);
        for (int i = 0; i < k.length; i++) {
            String type = constantType(k[i]);
            out.visitField(ACC_STATIC | ACC_FINAL, "k" + i, "L" + type + ";", null, null);
            init.visitVarInsn(ALOAD, 0);
            Emitter.push(init, i);
            init.visitInsn(AALOAD);
            init.visitTypeInsn(CHECKCAST, type);
            init.visitFieldInsn(PUTSTATIC, NAME, "k" + i, "L" + type + ";");
        }
        init.visitInsn(RETURN);
        init.visitMaxs(0, 0);
        init.visitEnd();
    }

    static String constantType(LuaValue constant) {
        return constant instanceof LuaString ? "org/luaj/vm2/LuaString" : VALUE;
    }

    private static void constructor(ClassWriter out) {
        MethodVisitor init = out.visitMethod(0, "<init>", "()V", null, null);
        init.visitCode();
        init.visitVarInsn(ALOAD, 0);
        init.visitMethodInsn(INVOKESPECIAL, SUPER, "<init>", "()V", false);
        init.visitInsn(RETURN);
        init.visitMaxs(0, 0);
        init.visitEnd();
    }

    /** Merges types without loading classes: whatever is not the same is a value of Lua's, or any object. */
    private static final class Writer extends ClassWriter {
        Writer() {
            super(COMPUTE_FRAMES | COMPUTE_MAXS);
        }

        @Override
        protected String getCommonSuperClass(String a, String b) {
            return a.startsWith("org/luaj/vm2/Lua") && b.startsWith("org/luaj/vm2/Lua") ? VALUE : "java/lang/Object";
        }
    }
}
