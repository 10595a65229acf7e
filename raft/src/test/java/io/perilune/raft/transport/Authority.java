package io.perilune.raft.transport;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** An authority that certifies hosts, for tests; made with the JDK's keytool. */
public final class Authority {
    private static final String PASSWORD = "changeit";

    private final Path directory;

    private Authority(Path directory) {
        this.directory = directory;
    }

    /** Keeps its files in {@code directory}. */
    public static Authority in(Path directory) throws IOException {
        Files.createDirectories(directory);
        Authority authority = new Authority(directory);
        authority.keytool(
                "-genkeypair", "-alias", "ca", "-dname", "CN=authority", "-ext", "bc:c", "-keystore", "ca.p12");
        authority.keytool("-exportcert", "-alias", "ca", "-rfc", "-keystore", "ca.p12", "-file", "ca.pem");
        return authority;
    }

    /** The authority's own certificate, as PEM. */
    public Path certificate() {
        return directory.resolve("ca.pem");
    }

    /**
     * Makes NAME.pem and NAME.key.
     *
     * @param names as keytool writes alternative names: {@code dns:a.example,ip:127.0.0.1}
     */
    public void certify(String name, String names) throws IOException, GeneralSecurityException {
        Files.deleteIfExists(directory.resolve(name + ".p12"));
        String store = name + ".p12";
        keytool("-genkeypair", "-alias", "node", "-dname", "CN=" + name, "-keystore", store);
        keytool("-certreq", "-alias", "node", "-keystore", store, "-file", name + ".csr");
        keytool(
                "-gencert",
                "-alias",
                "ca",
                "-rfc",
                "-keystore",
                "ca.p12",
                "-infile",
                name + ".csr",
                "-outfile",
                name + ".pem",
                "-ext",
                "san=" + names);
        Files.writeString(
                key(name),
                pem(load(store).getKey("node", PASSWORD.toCharArray()).getEncoded()));
    }

    public Path certificate(String name) {
        return directory.resolve(name + ".pem");
    }

    public Path key(String name) {
        return directory.resolve(name + ".key");
    }

    private static String pem(byte[] pkcs8) {
        return "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(pkcs8)
                + "\n-----END PRIVATE KEY-----\n";
    }

    /** For whoever holds the key of {@code name} and trusts this authority. */
    public SSLContext context(String name) throws IOException, GeneralSecurityException {
        KeyStore own = load(name + ".p12");
        own.setKeyEntry(
                "node",
                own.getKey("node", PASSWORD.toCharArray()),
                PASSWORD.toCharArray(),
                CertificateFactory.getInstance("X.509")
                        .generateCertificates(Files.newInputStream(certificate(name)))
                        .toArray(new java.security.cert.Certificate[0]));
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, PASSWORD.toCharArray());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(load("ca.p12"));
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (InputStream in = Files.newInputStream(certificate())) {
            trusted.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), new SecureRandom());
        return context;
    }

    private KeyStore load(String store) throws IOException, GeneralSecurityException {
        KeyStore loaded = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(directory.resolve(store))) {
            loaded.load(in, PASSWORD.toCharArray());
        }
        return loaded;
    }

    private void keytool(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storepass", PASSWORD));
        if (arguments[0].equals("-genkeypair")) {
            command.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1", "-validity", "30"));
        }
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException("keytool failed: " + said);
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
