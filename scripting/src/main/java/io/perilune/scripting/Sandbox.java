package io.perilune.scripting;

import io.perilune.scripting.vm.BudgetExceeded;
import io.perilune.scripting.vm.Code;
import io.perilune.scripting.vm.Compiler;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Meter;
import io.perilune.scripting.vm.Strings;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Compiles sources into {@link Script}s that are sealed off and metered. Safe for use by several threads. */
public final class Sandbox {
    /** The file of a bundle that is run; a plain upload is a bundle of this file alone. */
    public static final String MAIN = "main.lua";

    private static final String SUFFIX = ".lua";

    /** Of all files of a bundle together, since all of them stay compiled. */
    private static final int BUNDLE_BYTES_MAX = 8 << 20;

    /** For all files: one a byte, and enough beyond it for what no script that anybody writes comes near. */
    private static final long COMPILE_GAS = BUNDLE_BYTES_MAX + 2_000_000;

    private static final Pattern PLACE = Pattern.compile("^(.*?):(\\d+): (.*)$", Pattern.DOTALL);

    private final MachineGlobals globals = new MachineGlobals();

    /** Whether a source is a script. */
    public sealed interface Compilation {
        record Compiled(Script script) implements Compilation {}

        /** {@code line} is 0 where the fault is not in one line; {@code sourceLine} is then null. */
        record Invalid(
                String message,
                String file,
                int line,
                @Nullable String sourceLine) implements Compilation {}
    }

    /**
     * Compiles, loads once under the limits of a command, and lists the entry points.
     *
     * @param machine names a plain upload's file in messages ({@code MACHINE.lua})
     * @param files by name, {@link #MAIN} among them
     */
    public Compilation compile(String machine, SortedMap<String, Bytes> files) {
        String main = files.size() == 1 ? machine + SUFFIX : MAIN;
        if (!files.containsKey(MAIN)) {
            return new Compilation.Invalid("the bundle has no " + MAIN, MAIN, 0, null);
        }
        long bytes = files.values().stream().mapToLong(Bytes::size).sum();
        if (bytes > BUNDLE_BYTES_MAX) {
            return new Compilation.Invalid(
                    "the files have " + bytes + " bytes together; at most " + BUNDLE_BYTES_MAX + " are allowed",
                    main,
                    0,
                    null);
        }
        Map<String, Code> chunks = new LinkedHashMap<>();
        var meter = new Meter(COMPILE_GAS, Long.MAX_VALUE, Integer.MAX_VALUE);
        for (var file : files.entrySet()) {
            if (file.getKey().endsWith(SUFFIX)) {
                String name = file.getKey().equals(MAIN) ? main : file.getKey();
                try {
                    chunks.put(file.getKey(), compile(name, file.getValue(), meter));
                } catch (LuaFailure invalid) {
                    return invalid(invalid.getMessage(), name, file.getValue());
                } catch (BudgetExceeded exceeded) {
                    return new Compilation.Invalid(
                            "compiling takes too long: more than " + COMPILE_GAS + " gas, which grows with the bytes of"
                                    + " all files, with long chains of 'and', 'or' and 'elseif', and with constants"
                                    + " made to collide",
                            name,
                            0,
                            null);
                }
            }
        }
        return load(new Script(globals, main, chunks), main, files);
    }

    private static Code compile(String name, Bytes source, Meter meter) {
        byte[] text = Libraries.withoutShebang(source.lend());
        return Compiler.compile(meter, Strings.owned(text), Strings.utf8("@" + name), "t");
    }

    private static Compilation load(Script script, String main, SortedMap<String, Bytes> files) {
        try {
            script.discover();
            return new Compilation.Compiled(script);
        } catch (LuaFailure failure) {
            Matcher place = PLACE.matcher(failure.getMessage());
            String file = place.matches() ? place.group(1) : main;
            Bytes source = files.get(file.equals(main) ? MAIN : file);
            return invalid(failure.getMessage(), file, source == null ? Bytes.EMPTY : source);
        } catch (BudgetExceeded exceeded) {
            return new Compilation.Invalid(
                    "loading the script takes more " + exceeded.budget() + " than a command may use: "
                            + exceeded.limit(),
                    main,
                    line(exceeded.position()),
                    null);
        }
    }

    private static int line(@Nullable String position) {
        return position == null ? 0 : Integer.parseInt(position, position.lastIndexOf(':') + 1, position.length(), 10);
    }

    private static Compilation invalid(String message, String file, Bytes source) {
        Matcher place = PLACE.matcher(message);
        if (!place.matches() || !place.group(1).equals(file)) {
            return new Compilation.Invalid(message, file, 0, null);
        }
        int line = Integer.parseInt(place.group(2));
        String[] lines = source.toString().split("\n", -1);
        return new Compilation.Invalid(
                place.group(3), file, line, line >= 1 && line <= lines.length ? lines[line - 1].stripTrailing() : null);
    }
}
