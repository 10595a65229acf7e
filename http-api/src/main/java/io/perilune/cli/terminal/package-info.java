/** What the person or the shell at the other end sees: text, colours, exit codes. Knows nothing of nodes. */
@NullMarked
package io.perilune.cli.terminal;

import org.jspecify.annotations.NullMarked;
