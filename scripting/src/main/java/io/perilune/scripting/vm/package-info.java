/**
 * Our execution of what LuaJ's compiler produces. In come {@link org.luaj.vm2.Prototype prototypes} and arguments, out
 * come results, a {@link io.perilune.scripting.vm.LuaFailure} or a {@link io.perilune.scripting.vm.BudgetExceeded}.
 * LuaJ's value types (strings, numbers, booleans, nil) and calling convention are kept; its tables, closures,
 * coroutines, metatables and libraries are not used.
 *
 * <p>One thread at a time runs an {@link io.perilune.scripting.vm.Interpreter}; nothing here reads a clock or keeps
 * anything in a static field that a script could change, and the one thread that is started here translates functions
 * ({@link io.perilune.scripting.vm.Tiers}), which nobody can tell but by a clock. Lua calling Lua needs no Java stack
 * where it is interpreted, and 120 levels at most where it is translated. Lua called by Java (a sort order, a {@code
 * gsub} replacement) does, {@value io.perilune.scripting.Limits#JAVA_DEPTH} levels at most. A thread with a stack of 1
 * MiB is enough for both.
 *
 * <p>For authors of library functions: a function is a {@link io.perilune.scripting.vm.Builtin}; it reads its arguments
 * through {@link io.perilune.scripting.vm.Args}, charges {@link io.perilune.scripting.vm.Meter} for its work, makes
 * tables with {@link io.perilune.scripting.vm.Interpreter#newTable} and numbers with {@link
 * io.perilune.scripting.vm.Numbers}, and calls Lua back with {@link io.perilune.scripting.vm.Interpreter#call}. Start
 * reading at {@link io.perilune.scripting.vm.Interpreter}.
 */
@NullMarked
package io.perilune.scripting.vm;

import org.jspecify.annotations.NullMarked;
