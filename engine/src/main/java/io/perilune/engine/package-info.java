/**
 * Where replication and scripting meet: named machines, their commands, versions and state. In come {@link
 * io.perilune.engine.Request requests}, out come {@link io.perilune.engine.Reply replies}. Never HTTP or JSON, never
 * LuaJ. Start at {@link io.perilune.engine.Engine}.
 */
@NullMarked
package io.perilune.engine;

import org.jspecify.annotations.NullMarked;
