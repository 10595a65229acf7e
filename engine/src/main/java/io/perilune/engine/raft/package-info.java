/**
 * Perilune's own consensus behind the engine's port: {@link io.perilune.engine.raft.RaftReplication}. The one package
 * of the engine that knows Raft, and all it does is translate.
 */
@NullMarked
package io.perilune.engine.raft;

import org.jspecify.annotations.NullMarked;
