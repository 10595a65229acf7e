/**
 * The HTTP API of a node. In come requests of any client, out come JSON answers and problems (RFC 9457); between them
 * stands only {@link io.perilune.engine.Engine}. Undertow's I/O threads do the work, its workers what takes long, and
 * no thread waits for a command. Knows nothing of Raft's insides, of Lua, or of the command line. Start at {@link
 * io.perilune.http.ApiServer}, then {@code Routes} for the list of what there is.
 */
@NullMarked
package io.perilune.http;

import org.jspecify.annotations.NullMarked;
