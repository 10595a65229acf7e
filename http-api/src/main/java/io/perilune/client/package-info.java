/**
 * Perilune for programs in Java, and for the command line, the demonstration and tests. No server classes. Start at {@link
 * io.perilune.client.PeriluneClient}; {@link io.perilune.client.Api} is HTTP as it is, to one node.
 */
@NullMarked
package io.perilune.client;

import org.jspecify.annotations.NullMarked;
