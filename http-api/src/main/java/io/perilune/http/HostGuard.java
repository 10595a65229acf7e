package io.perilune.http;

import io.perilune.http.access.Access;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Keeps web pages of strangers away from a node that asks for no token. A page may point a name of its own at
 * 127.0.0.1 (DNS rebinding) or send simple requests across origins; both give themselves away in their headers.
 */
final class HostGuard {
    /** An IPv4 or bracketed IPv6 address, or a name without a dot: nobody on the internet owns one of those. */
    private static final Pattern SAFE = Pattern.compile(
            "(\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.%]+]|[a-z0-9_-]*|([a-z0-9_-]+\\.)*localhost\\.?)(:\\d*)?");

    private final boolean guarding;
    private final String own;
    private final String scheme;
    private final Access access;

    HostGuard(ApiOptions options, Access access) {
        guarding = !options.insecure();
        this.access = access;
        scheme = options.tls() == null ? "http" : "https";
        own = options.host().toLowerCase(Locale.ROOT);
    }

    /** @throws Problem.Thrown if this request was made for another host or by another origin */
    void require(@Nullable String host, @Nullable String origin) {
        // A page of a stranger has no token to show.
        if (!guarding || access.isRequired()) {
            return;
        }
        var name = host == null ? "" : host.toLowerCase(Locale.ROOT);
        if (!isSafe(name)) {
            throw Problem.of(
                            Kind.FOREIGN_HOST,
                            "this node serves its own machine only; address it as localhost or 127.0.0.1, not as "
                                    + Names.shown(name))
                    .thrown();
        }
        if (origin != null && !origin.toLowerCase(Locale.ROOT).equals(scheme + "://" + name)) {
            throw Problem.of(Kind.FOREIGN_HOST, "pages of " + Names.shown(origin) + " may not use this node")
                    .thrown();
        }
    }

    private boolean isSafe(String host) {
        return SAFE.matcher(host).matches() || host.equals(own) || host.startsWith(own + ":");
    }
}
