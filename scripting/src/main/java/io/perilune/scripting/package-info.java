/**
 * Lua as a guest. In come sources and canonical values, out come {@link io.perilune.scripting.Outcome outcomes}; the
 * caller's thread does the work. Nothing here knows of logs, disks, networks or clocks. Start at {@link
 * io.perilune.scripting.Sandbox} for replicated scripts, at {@code LuaState} for local, trusted
 * ones.
 */
@NullMarked
package io.perilune.scripting;

import org.jspecify.annotations.NullMarked;
