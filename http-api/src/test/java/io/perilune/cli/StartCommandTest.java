package io.perilune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.cli.terminal.ExitCode;
import io.perilune.engine.raft.RaftSettings;
import io.perilune.http.ApiOptions;
import io.perilune.server.PeriluneNode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What keeps a node from starting is said in one sentence that names it. */
class StartCommandTest {
    @TempDir
    private Path folder;

    private final StringWriter err = new StringWriter();

    private int start(String... options) {
        var arguments = new String[options.length + 1];
        arguments[0] = "start";
        System.arraycopy(options, 0, arguments, 1, options.length);
        return Perilune.commandLine(new Settings(Map.of(), null))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    private static ServerSocket taken() throws Exception {
        return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    }

    @Test
    void a_port_in_use_is_named() throws Exception {
        try (var socket = taken()) {
            var address = "127.0.0.1:" + socket.getLocalPort();
            assertThat(start("--data", folder.resolve("a").toString(), "--raft", "127.0.0.1:0", "--http", address))
                    .isEqualTo(ExitCode.FAILED);
            assertThat(err.toString()).contains(address).contains("in use");
            assertThat(start("--data", folder.resolve("b").toString(), "--http", "127.0.0.1:0", "--raft", address))
                    .isEqualTo(ExitCode.FAILED);
            assertThat(err.toString()).contains("listen for peers on " + address);
        }
    }

    @Test
    void a_directory_in_use_is_named() throws Exception {
        var members = new TreeMap<>(Map.of(1L, "127.0.0.1:0"));
        var settings = new RaftSettings("perilune", 1, folder, "127.0.0.1:0", "127.0.0.1:0", members, null);
        try (var running = PeriluneNode.start(settings, ApiOptions.loopback(0), Throwable::printStackTrace)) {
            assertThat(running.http().getPort()).isPositive();
            assertThat(start("--data", folder.toString(), "--raft", "127.0.0.1:0", "--http", "127.0.0.1:0"))
                    .isEqualTo(ExitCode.FAILED);
        }
        assertThat(err.toString()).contains(folder.toString()).contains("in use");
    }

    @Test
    void files_of_tls_that_do_not_make_a_whole_are_refused() {
        assertThat(start("--tls-cert", "a.pem")).isEqualTo(ExitCode.USAGE);
        assertThat(start("--peer-tls-cert", "a.pem", "--peer-tls-key", "a.key")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("--tls-key belong together").contains("--peer-tls-ca belong together");
        var missing = folder.resolve("missing.pem").toString();
        assertThat(start("--tls-cert", missing, "--tls-key", missing)).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains(missing);
    }

    @Test
    void a_cluster_without_this_node_is_refused() {
        assertThat(start("--id", "4", "--cluster", "1=127.0.0.1:1,2=127.0.0.1:2"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("not this one, --id 4");
    }

    @Test
    void a_malformed_address_is_named() {
        assertThat(start("--http", "nowhere")).isEqualTo(ExitCode.USAGE);
        assertThat(start("--cluster", "1=a:1,1=b:2")).isEqualTo(ExitCode.USAGE);
        assertThat(start("--cluster", "1=a:1,2=a:1")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString())
                .contains("'nowhere' is not HOST:PORT")
                .contains("node 1 is there twice")
                .contains("two nodes have the address a:1");
    }
}
