/**
 * The HTTP API from the outside, for the command line, the demonstration and tests. No server classes. Start at {@link
 * io.perilune.client.Api}.
 */
@NullMarked
package io.perilune.client;

import org.jspecify.annotations.NullMarked;
