/**
 * Real processes under clients and faults: killed, stopped, cut off from each other; afterwards all that clients were told
 * is checked. Start at {@link io.perilune.torture.Torture}.
 */
@NullMarked
package io.perilune.torture;

import org.jspecify.annotations.NullMarked;
