/** Small programs that embed Lua in Java, each with one idea, to be read and copied. */
@NullMarked
package io.perilune.samples;

import org.jspecify.annotations.NullMarked;
