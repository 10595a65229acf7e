/**
 * JMH benchmarks of the core: nothing is encoded and no disk written. Who runs them: {@link
 * io.perilune.raft.bench.Benchmarks}, by hand; the build only compiles them. What came out is in the module's README.
 */
@NullMarked
package io.perilune.raft.bench;

import org.jspecify.annotations.NullMarked;
