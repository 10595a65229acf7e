package io.perilune.client;

import java.net.http.HttpClient;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * What a client shows, and whom it believes.
 *
 * @param token {@code plt_NAME.SECRET}; null for none
 * @param tls for {@code https} addresses; null for what the JVM trusts anyway
 */
public record Credentials(@Nullable String token, @Nullable SSLContext tls) {
    public static final Credentials NONE = new Credentials(null, null);

    /** Connections are refused at once on one machine; across a network this is long enough. */
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);

    HttpClient http() {
        var builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT_TIMEOUT);
        return (tls == null ? builder : builder.sslContext(tls)).build();
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "Credentials[" + (token == null ? "no token" : token.replaceFirst("\\..*", ".***")) + "]";
    }
}
