package io.perilune.scripting;

/** The canonical bytes of a {@link Value}. */
public final class ValueCodec {
    private ValueCodec() {}

    public static Bytes encode(Value value) {
        throw new IllegalStateException(value.toString());
    }

    /** @throws IllegalArgumentException if the bytes are not the canonical encoding of a value, saying where */
    public static Value decode(Bytes encoded) {
        throw new IllegalStateException(encoded.toString());
    }
}
