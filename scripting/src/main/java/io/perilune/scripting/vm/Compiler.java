package io.perilune.scripting.vm;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.luaj.vm2.LuaError;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.Prototype;
import org.luaj.vm2.compiler.LuaC;

/** Source text to prototypes, by LuaJ's compiler, with bounds around it. */
public final class Compiler {
    public static final int SOURCE_BYTES_MAX = 1 << 20;

    /** What a byte of source costs: compiling it is much like running a few instructions. */
    private static final int GAS_PER_BYTE = 1;

    private static final int MEMORY_PER_BYTE = 16;

    private Compiler() {}

    /**
     * @param name as Lua has it: {@code @main.lua} for a file, {@code =name}, or the source itself
     * @param mode which kinds of chunks are welcome; there is only text
     * @throws LuaFailure with Lua's message if this is not a chunk
     */
    public static Prototype compile(Meter meter, LuaString source, LuaString name, String mode) {
        String shown = Names.chunk(name);
        if (source.m_length > 0 && source.m_bytes[source.m_offset] == 0x1b) {
            throw LuaFailure.plain(
                    mode.contains("b")
                            ? shown + ": binary chunks cannot be loaded"
                            : "attempt to load a binary chunk (mode is '" + mode + "')");
        }
        if (!mode.contains("t")) {
            throw LuaFailure.plain("attempt to load a text chunk (mode is '" + mode + "')");
        }
        if (source.m_length > SOURCE_BYTES_MAX) {
            throw LuaFailure.plain(shown + ": chunk is larger than " + SOURCE_BYTES_MAX + " bytes");
        }
        meter.gas((long) source.m_length * GAS_PER_BYTE);
        meter.memory((long) source.m_length * MEMORY_PER_BYTE);
        try {
            var bytes = new ByteArrayInputStream(source.m_bytes, source.m_offset, source.m_length);
            return LuaC.instance.compile(bytes, name.tojstring());
        } catch (LuaError invalid) {
            throw LuaFailure.plain(String.valueOf(invalid.getMessage()));
        } catch (IOException impossible) {
            throw new IllegalStateException("reading an array failed", impossible);
        }
    }
}
