package io.perilune.engine.state;

import io.perilune.scripting.Bytes;
import org.pcollections.PVector;
import org.pcollections.TreePVector;

/** The parts of an archive that have come so far. */
public record Restoring(String id, PVector<Bytes> parts, long bytes) {
    public static final Restoring NONE = new Restoring("", TreePVector.empty(), 0);

    public boolean isNone() {
        return id.isEmpty();
    }

    public Restoring plus(Bytes part) {
        return new Restoring(id, parts.plus(part), bytes + part.size());
    }
}
