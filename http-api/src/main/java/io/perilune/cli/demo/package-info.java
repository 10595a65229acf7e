/**
 * The main job in one command: real node processes, real clients, a killed leader, and the proof that nothing was lost.
 * Everything goes through the HTTP API and process signals; nothing here knows how a node works. Start at {@link
 * io.perilune.cli.demo.Demo}.
 */
@NullMarked
package io.perilune.cli.demo;

import org.jspecify.annotations.NullMarked;
