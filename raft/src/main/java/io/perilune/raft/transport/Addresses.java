package io.perilune.raft.transport;

import java.net.InetSocketAddress;

/** {@code host:port}, with IPv6 hosts in brackets. */
public final class Addresses {
    private Addresses() {}

    /** @throws IllegalArgumentException where the text is no address; the message is fit for a user */
    public static InetSocketAddress parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon <= 0) {
            throw new IllegalArgumentException("not HOST:PORT: " + text);
        }
        return InetSocketAddress.createUnresolved(host(text.substring(0, colon)), port(text, colon));
    }

    /** Looks the host up, each time anew: a peer may come back with another address behind its name. */
    static InetSocketAddress resolve(String text) {
        InetSocketAddress parsed = parse(text);
        return new InetSocketAddress(parsed.getHostString(), parsed.getPort());
    }

    static String format(String host, int port) {
        return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
    }

    private static String host(String text) {
        return text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
    }

    private static int port(String text, int colon) {
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            if (port >= 0 && port <= 65535) {
                return port;
            }
        } catch (NumberFormatException e) {
            // Said below, in the same words as a number out of range.
        }
        throw new IllegalArgumentException("not a port between 0 and 65535: " + text);
    }
}
