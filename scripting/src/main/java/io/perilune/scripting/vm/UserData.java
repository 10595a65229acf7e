package io.perilune.scripting.vm;

import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaValue;

/** A Java object in Lua's hands, which can do with it what its metatable says and nothing else. */
public final class UserData extends LuaValue implements Table.Identified {
    private final Object object;
    private final @Nullable Table metatable;
    private int identity;

    public UserData(Object object, @Nullable Table metatable) {
        this.object = object;
        this.metatable = metatable;
    }

    public Object object() {
        return object;
    }

    public @Nullable Table metatable() {
        return metatable;
    }

    @Override
    public int identity(Meter numbering) {
        if (identity == 0) {
            identity = numbering.nextIdentity();
        }
        return identity;
    }

    @Override
    public int type() {
        return TUSERDATA;
    }

    @Override
    public String typename() {
        return "userdata";
    }

    @Override
    public boolean isuserdata() {
        return true;
    }
}
