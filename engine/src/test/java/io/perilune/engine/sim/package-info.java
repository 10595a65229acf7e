/** Machines and scripts in the simulated clusters of {@code io.perilune.raft.sim}. */
package io.perilune.engine.sim;
