package io.perilune.engine.state;

import io.perilune.scripting.Bytes;

/**
 * What stands under a key.
 *
 * @param value canonical
 * @param expiry log time in milliseconds from which on it is gone, or {@link #FOREVER}
 */
public record Stored(Bytes value, long expiry) {
    public static final long FOREVER = 0;

    public Stored {
        if (expiry < 0) {
            throw new IllegalArgumentException("expiry is negative: " + expiry);
        }
    }

    public boolean lives(long now) {
        return expiry == FOREVER || now < expiry;
    }
}
