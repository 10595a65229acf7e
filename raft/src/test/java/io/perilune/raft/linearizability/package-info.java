/** Histories of real clients, and whether any order of their operations explains what they were told. */
package io.perilune.raft.linearizability;
