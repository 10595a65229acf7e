/**
 * A whole node in one process: replication, engine and HTTP API put together and taken apart in order. What the command
 * line starts and tests embed. Start at {@link io.perilune.server.PeriluneNode}.
 */
@NullMarked
package io.perilune.server;

import org.jspecify.annotations.NullMarked;
