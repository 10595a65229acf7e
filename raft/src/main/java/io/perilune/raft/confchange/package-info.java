/**
 * Membership algebra (chapter 4 of the thesis): a configuration and a change enter, the next configuration or a reason
 * against it leaves. Nothing is changed in place, so that a refused change leaves no trace. Runs on the thread that owns
 * the core. Must not know logs, elections or messages. Start at {@link io.perilune.raft.confchange.Changer}.
 */
@NullMarked
package io.perilune.raft.confchange;

import org.jspecify.annotations.NullMarked;
