package io.perilune.scripting.vm;

import org.luaj.vm2.LuaFunction;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Prototype;
import org.luaj.vm2.Varargs;

/** A Lua function: shared code, and the variables it closes over. */
final class Closure extends LuaFunction implements Table.Identified {
    static final int BYTES = 40;

    final Code code;
    final Prototype prototype;
    final UpValue[] upvalues;
    private int identity;

    Closure(Code code, UpValue[] upvalues) {
        this.code = code;
        prototype = code.prototype;
        this.upvalues = upvalues;
    }

    @Override
    public int identity(Meter numbering) {
        if (identity == 0) {
            identity = numbering.nextIdentity();
        }
        return identity;
    }

    @Override
    public LuaValue getmetatable() {
        return NIL;
    }

    @Override
    public Varargs invoke(Varargs args) {
        throw new IllegalStateException("a closure called without an interpreter");
    }
}
