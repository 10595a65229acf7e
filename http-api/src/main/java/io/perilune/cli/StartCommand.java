package io.perilune.cli;

import io.perilune.cli.terminal.ExitCode;
import io.perilune.client.Api;
import io.perilune.client.Credentials;
import io.perilune.engine.raft.RaftSettings;
import io.perilune.http.ApiOptions;
import io.perilune.server.PeriluneNode;
import io.perilune.tls.Tls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "start",
        description = {
            "Start a node; with no options, a cluster of one.",
            "Every option is also read from PERILUNE_NAME of the environment (PERILUNE_ID, PERILUNE_DATA, ...)",
            "and from the properties file that --config names; the command line counts most."
        })
@SuppressWarnings("NullAway.Init") // picocli fills the fields
final class StartCommand implements Callable<Integer> {
    @Spec
    private CommandSpec command;

    @Option(names = "--id", defaultValue = "1", description = "This node, 1 or more (default: ${DEFAULT-VALUE}).")
    private long id;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "perilune-data",
            description = "Log and snapshots (default: ./${DEFAULT-VALUE}).")
    private Path data;

    @Option(
            names = "--http",
            paramLabel = "HOST:PORT",
            converter = HostPort.Converter.class,
            defaultValue = "127.0.0.1:7070",
            description = "Where the HTTP API listens (default: ${DEFAULT-VALUE}).")
    private HostPort http;

    @Option(
            names = "--raft",
            paramLabel = "HOST:PORT",
            converter = HostPort.Converter.class,
            defaultValue = "127.0.0.1:7080",
            description = "Where other nodes reach this one (default: ${DEFAULT-VALUE}).")
    private HostPort raft;

    @Option(
            names = "--cluster",
            paramLabel = "ID=HOST:PORT,...",
            converter = Members.Converter.class,
            description = "All nodes the cluster starts with, by their --raft addresses; the same on each of them.")
    private @Nullable Members cluster;

    @Option(
            names = "--join",
            paramLabel = "URL",
            description = "Any node of a running cluster, which this one is to join with its --id and --raft.")
    private @Nullable String join;

    @Option(
            names = "--cluster-name",
            defaultValue = "perilune",
            description = "Nodes and data of another cluster are refused (default: ${DEFAULT-VALUE}).")
    private String clusterName;

    @Option(names = "--join-token", paramLabel = "TOKEN", description = "An admin's, where that cluster has tokens.")
    private @Nullable String joinToken;

    @Option(names = "--join-ca", paramLabel = "FILE", description = "Authorities that it is believed by over https.")
    private @Nullable Path joinAuthorities;

    @Option(
            names = "--tls-cert",
            paramLabel = "FILE",
            description =
                    "Certificate chain (PEM) to serve HTTPS with. All files of TLS are read again when they change.")
    private @Nullable Path certificate;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "Its key (PEM, PKCS #8, without a password).")
    private @Nullable Path key;

    @Option(
            names = "--peer-tls-cert",
            paramLabel = "FILE",
            description = "Certificate chain for mutual TLS with the other nodes; it names the host of --raft.")
    private @Nullable Path peerCertificate;

    @Option(names = "--peer-tls-key", paramLabel = "FILE", description = "Its key.")
    private @Nullable Path peerKey;

    @Option(names = "--peer-tls-ca", paramLabel = "FILE", description = "Authorities that certify the nodes.")
    private @Nullable Path peerAuthorities;

    @Option(
            names = "--insecure",
            description = "Serve HTTP on any address although no tokens exist; else that is on loopback until they do.")
    private boolean insecure;

    @Option(names = "--config", paramLabel = "FILE", description = "A properties file with these options.")
    private @Nullable Path config;

    @Option(names = "--stop-with-stdin", hidden = true, description = "Stop when standard input ends.")
    private boolean stopWithStdin;

    @Override
    public Integer call() throws IOException, InterruptedException {
        var options = apiOptions();
        var settings = join == null ? founding() : joining(join);
        if (peerCertificate == null && !raft.isLoopback()) {
            System.err.println("perilune: WARNING: nodes speak in the clear on " + raft
                    + ": whoever reaches it can pretend to be one (--peer-tls-cert)");
        }
        if (insecure) {
            System.err.println("perilune: WARNING: --insecure: whoever reaches " + http + " can change every machine");
        }
        // Halts rather than exits: after a failed force nothing more may be written, answered or handed over.
        var node = PeriluneNode.start(settings, options, StartCommand::halt);
        Runtime.getRuntime().addShutdownHook(new Thread(node::close, "shutdown"));
        System.err.println("perilune: node " + id + " serves " + (certificate == null ? "http://" : "https://")
                + hostPort(node) + ", talks to its peers on " + raft + ", and keeps its data in "
                + data.toAbsolutePath().normalize());
        waitForTheEnd();
        return ExitCode.OK;
    }

    private RaftSettings founding() throws IOException {
        var members = cluster == null ? new Members(new TreeMap<>(Map.of(id, raft.toString()))) : cluster;
        if (!members.addresses().containsKey(id)) {
            throw wrong("--cluster has nodes " + members.addresses().keySet() + " and not this one, --id " + id);
        }
        return settings(clusterName, members);
    }

    /** A node that has joined before starts as it is: what it has on disk says all, and those at the URL may be down. */
    private RaftSettings joining(String url) throws IOException, InterruptedException {
        if (cluster != null) {
            throw wrong("--join is for a cluster that runs, --cluster for one that begins: give one of them");
        }
        if (raft.port() == 0) {
            throw wrong("--join needs a --raft address that the others can reach, with a port that stays");
        }
        var joining = new Joining(new Api(url, new Credentials(joinToken, tls(joinAuthorities))));
        if (RaftSettings.isBegun(data)) {
            return settings(joining.nameOr(clusterName), new Members(new TreeMap<>()));
        }
        RaftSettings.beginJoining(data);
        return settings(joining.join(id, raft, http), new Members(new TreeMap<>()));
    }

    private RaftSettings settings(String name, Members members) throws IOException {
        return new RaftSettings(name, id, data, raft.toString(), http.toString(), members.addresses(), peerTls());
    }

    private static @Nullable SSLContext tls(@Nullable Path authorities) throws IOException {
        return authorities == null ? null : Tls.trusting(authorities);
    }

    private @Nullable SSLContext apiTls() throws IOException {
        if (certificate == null && key == null) {
            return null;
        }
        if (certificate == null || key == null) {
            throw wrong("--tls-cert and --tls-key belong together");
        }
        return Tls.serving(certificate, key);
    }

    private @Nullable SSLContext peerTls() throws IOException {
        if (peerCertificate == null && peerKey == null && peerAuthorities == null) {
            return null;
        }
        if (peerCertificate == null || peerKey == null || peerAuthorities == null) {
            throw wrong("--peer-tls-cert, --peer-tls-key and --peer-tls-ca belong together");
        }
        return Tls.mutual(peerCertificate, peerKey, peerAuthorities);
    }

    private ParameterException wrong(String what) {
        return new ParameterException(command.commandLine(), what);
    }

    private ApiOptions apiOptions() throws IOException {
        try {
            var version = command.root().version()[0];
            return new ApiOptions(
                    http.host(),
                    http.port(),
                    insecure,
                    version,
                    apiTls(),
                    data.resolve("backups"),
                    ApiOptions.Bounds.DEFAULT);
        } catch (IllegalArgumentException refused) {
            throw new ParameterException(command.commandLine(), String.valueOf(refused.getMessage()), refused);
        }
    }

    private static String hostPort(PeriluneNode node) {
        return new HostPort(
                        node.http().getAddress().getHostAddress(), node.http().getPort())
                .toString();
    }

    private static void halt(Throwable cause) {
        System.err.println("perilune: this node stops: " + cause.getMessage());
        Runtime.getRuntime().halt(ExitCode.FAILED);
    }

    private void waitForTheEnd() throws InterruptedException, IOException {
        if (stopWithStdin) {
            while (System.in.read() >= 0) {
                // Whoever started this node holds the other end open as long as it lives.
            }
        } else {
            new CountDownLatch(1).await();
        }
    }
}
