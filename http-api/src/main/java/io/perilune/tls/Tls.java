package io.perilune.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** Contexts of PEM files. New connections use what the files hold now; those that are open go on. */
public final class Tls {
    private static final char[] NO_PASSWORD = {};
    private static final byte[] PROBE = new byte[32];

    private Tls() {}

    /**
     * For a server whose clients show no certificates.
     *
     * @param certificates the server's own first, then those between it and the authority
     * @param key in PKCS #8, without a password
     * @throws IOException if a file cannot be read or they do not belong together, saying which
     */
    public static SSLContext serving(Path certificates, Path key) throws IOException {
        return context(new KeyManager[] {keys(certificates, key)}, null);
    }

    /** For a member of a cluster, which shows its certificate and wants one that {@code authorities} have given. */
    public static SSLContext mutual(Path certificates, Path key, Path authorities) throws IOException {
        return context(new KeyManager[] {keys(certificates, key)}, new TrustManager[] {trust(authorities)});
    }

    /** For a client of servers whose certificates {@code authorities} have given. */
    public static SSLContext trusting(Path authorities) throws IOException {
        return context(null, new TrustManager[] {trust(authorities)});
    }

    private static SSLContext context(
            KeyManager @org.jspecify.annotations.Nullable [] keys,
            TrustManager @org.jspecify.annotations.Nullable [] trust)
            throws IOException {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(keys, trust, new SecureRandom());
            return context;
        } catch (GeneralSecurityException unusable) {
            throw new IOException("this Java has no TLS for that: " + unusable.getMessage(), unusable);
        }
    }

    private static KeyManager keys(Path certificates, Path key) throws IOException {
        return new FileKeys(new Watched<>(List.of(certificates, key), () -> loadKeys(certificates, key)));
    }

    private static X509ExtendedKeyManager loadKeys(Path certificates, Path key) throws IOException {
        var chain = Pem.certificates(certificates);
        var algorithm = chain.get(0).getPublicKey().getAlgorithm();
        var secret = Pem.key(key, algorithm);
        try {
            if (!isPair(chain.get(0), secret)) {
                throw new IOException("the key in " + key + " is not that of the certificate in " + certificates);
            }
            var store = emptyStore();
            store.setKeyEntry("own", secret, NO_PASSWORD, chain.toArray(new Certificate[0]));
            var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, NO_PASSWORD);
            return (X509ExtendedKeyManager) factory.getKeyManagers()[0];
        } catch (GeneralSecurityException unusable) {
            throw new IOException(certificates + " and " + key + " cannot be used: " + unusable.getMessage(), unusable);
        }
    }

    private static boolean isPair(X509Certificate certificate, PrivateKey key) throws GeneralSecurityException {
        var algorithm = switch (key.getAlgorithm()) {
            case "EC" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            default -> key.getAlgorithm();
        };
        var signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update(PROBE);
        var signed = signature.sign();
        signature.initVerify(certificate.getPublicKey());
        signature.update(PROBE);
        return signature.verify(signed);
    }

    private static TrustManager trust(Path authorities) throws IOException {
        return new FileTrust(new Watched<>(List.of(authorities), () -> loadTrust(authorities)));
    }

    private static X509ExtendedTrustManager loadTrust(Path authorities) throws IOException {
        try {
            var store = emptyStore();
            for (var certificate : Pem.certificates(authorities)) {
                store.setCertificateEntry("authority-" + store.size(), certificate);
            }
            var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
        } catch (GeneralSecurityException unusable) {
            throw new IOException(authorities + " cannot be used: " + unusable.getMessage(), unusable);
        }
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }
}
