/** Clusters of real processes on this machine, to be shown, measured and tortured. */
@NullMarked
package io.perilune.cli.local;

import org.jspecify.annotations.NullMarked;
