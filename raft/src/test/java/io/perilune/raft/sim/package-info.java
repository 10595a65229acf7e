/**
 * Simulation from a seed: what is real is the core and the storage code, what is simulated is the disk. Whoever uses it
 * prints the seed before anything else.
 */
@NullMarked
package io.perilune.raft.sim;

import org.jspecify.annotations.NullMarked;
