package io.perilune.raft.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * Mutual TLS between the members of a cluster. Both sides show a certificate of an authority that the context trusts, and
 * it has to name the host at which the other one knows the member: as a DNS name or an IP address among the subject's
 * alternative names (RFC 6125, RFC 9525; the common name does not count).
 *
 * @param context with this node's own key, and the authorities that it trusts
 */
public record PeerTls(SSLContext context) {
    private static final int DNS_NAME = 2;
    private static final int IP_ADDRESS = 7;

    /** Greets the peer at the other end of {@code connected}, which is {@code host} or nobody. */
    Socket over(Socket connected, String host, int port) throws IOException {
        SSLSocket spoken = (SSLSocket) context.getSocketFactory().createSocket(connected, host, port, true);
        var parameters = spoken.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        spoken.setSSLParameters(parameters);
        spoken.startHandshake();
        return spoken;
    }

    /** Whether the first certificate of {@code chain} is for {@code host}. */
    static boolean names(Certificate[] chain, String host) {
        return chain.length > 0 && chain[0] instanceof X509Certificate certificate && names(certificate, host);
    }

    private static boolean names(X509Certificate certificate, String host) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names != null && names.stream().anyMatch(name -> isName(name, host));
        } catch (CertificateParsingException unreadable) {
            return false;
        }
    }

    private static boolean isName(List<?> name, String host) {
        if (!(name.get(1) instanceof String text)) {
            return false;
        }
        if (name.get(0).equals(DNS_NAME)) {
            return isDnsName(text.toLowerCase(Locale.ROOT), host.toLowerCase(Locale.ROOT));
        }
        return name.get(0).equals(IP_ADDRESS) && isSameAddress(text, host);
    }

    /** A star stands for one label, the first. */
    private static boolean isDnsName(String pattern, String host) {
        if (!pattern.startsWith("*.")) {
            return pattern.equals(host);
        }
        int dot = host.indexOf('.');
        return dot > 0 && host.substring(dot).equals(pattern.substring(1));
    }

    /** Both written in figures: nothing is looked up. */
    private static boolean isSameAddress(String certified, String host) {
        InetAddress address = literal(host);
        return address != null && address.equals(literal(certified));
    }

    private static @Nullable InetAddress literal(String text) {
        if (text.isEmpty() || !text.chars().allMatch(c -> Character.digit(c, 16) >= 0 || c == ':' || c == '.')) {
            return null;
        }
        if (text.indexOf(':') < 0 && !text.matches("\\d+\\.\\d+\\.\\d+\\.\\d+")) {
            return null;
        }
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException malformed) {
            return null;
        }
    }
}
