/**
 * What scripts find in their globals besides the language: Lua 5.2's libraries and a few of our own, exact, metered
 * and the same on every platform. In come Lua values and a meter, out come Lua values, canonical bytes or an error of
 * Lua's; the thread that runs the script does the work. Nothing here holds state between calls, reads a clock, a
 * locale or a random source of the platform. Start at {@link io.perilune.scripting.lib.NumberText}.
 */
@NullMarked
package io.perilune.scripting.lib;

import org.jspecify.annotations.NullMarked;
