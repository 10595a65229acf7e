/**
 * The command line. In come arguments, out go exit codes: data on standard output, everything else on standard error.
 * Talks to nodes over HTTP like anybody else; only {@code start} knows how a node is put together. Start at {@link
 * io.perilune.cli.Perilune}.
 */
@NullMarked
package io.perilune.cli;

import org.jspecify.annotations.NullMarked;
