package io.perilune.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The console: three files, from this node and nowhere else. It can do what the API can, with the token it is given. */
final class WebConsole {
    /** Nothing from elsewhere, nothing inline, in nobody's frame. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
            + " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final Answer page = file("index.html", "text/html; charset=utf-8");
    private final Answer code = file("console.js", "text/javascript; charset=utf-8");
    private final Answer style = file("console.css", "text/css; charset=utf-8");

    CompletionStage<Answer> page(Ask ask) {
        return CompletableFuture.completedFuture(page);
    }

    CompletionStage<Answer> code(Ask ask) {
        return CompletableFuture.completedFuture(code);
    }

    CompletionStage<Answer> style(Ask ask) {
        return CompletableFuture.completedFuture(style);
    }

    /** Whether it is a browser that asks. */
    static boolean isWanted(Ask ask) {
        var accept = ask.header("Accept");
        return accept != null && accept.contains("text/html");
    }

    private static Answer file(String name, String type) {
        try (var in = WebConsole.class.getResourceAsStream("/console/" + name)) {
            if (in == null) {
                throw new IllegalStateException("this build has no console/" + name);
            }
            return new Answer(200, type, in.readAllBytes())
                    .with("Content-Security-Policy", POLICY)
                    .with("Referrer-Policy", "no-referrer")
                    .with("X-Frame-Options", "DENY")
                    .with("Cross-Origin-Opener-Policy", "same-origin")
                    .with("Cache-Control", "no-cache");
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
