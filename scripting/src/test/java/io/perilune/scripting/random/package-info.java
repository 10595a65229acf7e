/** Programs written at random, run in every tier and by PUC-Rio's Lua, and compared. */
package io.perilune.scripting.random;
