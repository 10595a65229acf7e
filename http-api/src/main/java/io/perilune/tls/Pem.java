package io.perilune.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Text with keys and certificates in it (RFC 7468). */
final class Pem {
    private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
    private static final String END = "-----END PRIVATE KEY-----";
    private static final long FILE_BYTES_MAX = 1 << 20;

    private Pem() {}

    /** @throws IOException if there is none, saying in which file */
    static List<X509Certificate> certificates(Path file) throws IOException {
        var found = new ArrayList<X509Certificate>();
        try {
            var factory = CertificateFactory.getInstance("X.509");
            for (var certificate : factory.generateCertificates(new ByteArrayInputStream(read(file)))) {
                found.add((X509Certificate) certificate);
            }
        } catch (CertificateException unreadable) {
            throw new IOException(file + " holds no certificates in PEM: " + unreadable.getMessage(), unreadable);
        }
        if (found.isEmpty()) {
            throw new IOException(file + " holds no certificate");
        }
        return found;
    }

    /**
     * @param algorithm of the certificate's public key
     * @throws IOException if there is none that can be read without a password, saying how to get there
     */
    static PrivateKey key(Path file, String algorithm) throws IOException {
        var text = new String(read(file), StandardCharsets.ISO_8859_1);
        var begin = text.indexOf(BEGIN);
        var end = text.indexOf(END, Math.max(begin, 0));
        if (begin < 0 || end < 0) {
            throw new IOException(file + " has no \"" + BEGIN + "\"; other forms of key become one with"
                    + " \"openssl pkcs8 -topk8 -nocrypt -in " + file + "\"");
        }
        try {
            var bytes = Base64.getMimeDecoder().decode(text.substring(begin + BEGIN.length(), end));
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(bytes));
        } catch (GeneralSecurityException | IllegalArgumentException unreadable) {
            // Without its cause, which may quote what it could not read.
            throw new IOException(file + " holds no " + algorithm + " key, which the certificate wants");
        }
    }

    private static byte[] read(Path file) throws IOException {
        if (Files.size(file) > FILE_BYTES_MAX) {
            throw new IOException(file + " has more than " + FILE_BYTES_MAX + " bytes; that is no PEM file");
        }
        return Files.readAllBytes(file);
    }
}
