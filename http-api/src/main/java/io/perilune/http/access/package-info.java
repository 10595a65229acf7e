/**
 * Who asks, and what they may: tokens as clients show them, and the permissions that rows of the API need. Knows nothing
 * of HTTP but the text of one header.
 */
@NullMarked
package io.perilune.http.access;

import org.jspecify.annotations.NullMarked;
