package io.perilune.engine.codec;

/**
 * An entry, decoded.
 *
 * @param seed of all chance in the scripts that it runs
 */
public record Instruction(long seed, Work work) {}
