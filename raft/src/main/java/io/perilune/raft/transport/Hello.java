package io.perilune.raft.transport;

import java.nio.charset.StandardCharsets;

/** The names and checks of what a link says in its HTTP headers before it speaks in frames. */
final class Hello {
    static final String PATH = "/raft";
    static final String SNAPSHOT_PATH = "/raft/snapshot";
    static final String PRODUCT = "raft/1";

    static final String CLUSTER = "Perilune-Cluster";
    static final String FROM = "Perilune-From";
    static final String TO = "Perilune-To";
    static final String ADDRESS = "Perilune-Raft";
    static final String HTTP = "Perilune-Http";
    static final String MARK = "Perilune-Mark";

    private static final int VALUE_LENGTH_MAX = 8 << 10;

    private Hello() {}

    /** Printable ASCII only, so that no value can end a header line and begin another. */
    static boolean isValue(String text) {
        return text.length() <= VALUE_LENGTH_MAX && text.chars().allMatch(c -> c >= ' ' && c < 127);
    }

    static byte[] request(String method, String path, Identity self, long to, String... more) {
        StringBuilder text = new StringBuilder();
        text.append(method).append(' ').append(path).append(" HTTP/1.1\r\n");
        line(text, "Host", self.address());
        line(text, CLUSTER, self.clusterId());
        line(text, FROM, Long.toString(self.nodeId()));
        line(text, TO, Long.toString(to));
        line(text, ADDRESS, self.address());
        line(text, HTTP, self.httpAddress());
        line(text, MARK, self.mark());
        for (int i = 0; i < more.length; i += 2) {
            line(text, more[i], more[i + 1]);
        }
        return text.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static void line(StringBuilder text, String name, String value) {
        if (!isValue(value)) {
            throw new IllegalArgumentException(name + " cannot be sent in a header: " + value);
        }
        text.append(name).append(": ").append(value).append("\r\n");
    }
}
