package io.perilune.scripting.vm;

import java.util.Map;
import org.luaj.vm2.LuaValue;

/** Told of the lines of watched code ({@link Code#watched}) as they come to be run. Must not touch what it is shown. */
public interface Watcher {
    /**
     * @param file as messages name it
     * @param locals in scope, in the order of their declaration; of equal names the one that counts
     */
    void line(String file, int line, Map<String, LuaValue> locals);
}
