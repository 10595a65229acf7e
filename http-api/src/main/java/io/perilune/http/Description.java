package io.perilune.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The description of this API for machines, as it lies beside the code. */
final class Description {
    private static final String TYPE = "application/yaml";
    private static final byte[] TEXT = text();

    private Description() {}

    private static byte[] text() {
        try (var in = Description.class.getResourceAsStream("/openapi.yaml")) {
            if (in == null) {
                throw new IllegalStateException("openapi.yaml is not packaged");
            }
            return in.readAllBytes();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    static CompletionStage<Answer> get(Ask ask) {
        return CompletableFuture.completedFuture(new Answer(200, TYPE, TEXT));
    }
}
