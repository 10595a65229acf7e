package io.perilune.scripting;

/** The types of Lua's values, under Lua's names. */
public enum LuaType {
    NIL("nil"),
    BOOLEAN("boolean"),
    NUMBER("number"),
    STRING("string"),
    TABLE("table"),
    FUNCTION("function"),
    USERDATA("userdata"),
    THREAD("thread");

    private final String text;

    LuaType(String text) {
        this.text = text;
    }

    /** As {@code type(x)} gives it. */
    @Override
    public String toString() {
        return text;
    }
}
