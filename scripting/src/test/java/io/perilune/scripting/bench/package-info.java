/**
 * Measurements, kept with the code and never a part of the build: see {@code scripting/README.md}. {@link
 * io.perilune.scripting.bench.Race} runs the same programs here, in stock LuaJ, {@code lua5.2} and {@code luajit}; {@link
 * io.perilune.scripting.bench.CommandBenchmark} asks JMH what one command costs.
 */
package io.perilune.scripting.bench;
