/** A load generator: many connections, or many requests a second, and how long they take. */
@NullMarked
package io.perilune.cli.bench;

import org.jspecify.annotations.NullMarked;
