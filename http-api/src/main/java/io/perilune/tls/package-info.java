/** TLS from PEM files, read again when they change. Knows nothing of who speaks over it. */
@NullMarked
package io.perilune.tls;

import org.jspecify.annotations.NullMarked;
