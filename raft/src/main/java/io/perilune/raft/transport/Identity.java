package io.perilune.raft.transport;

/**
 * Who this node is to its peers.
 *
 * @param address where peers reach it, {@code host:port}
 * @param httpAddress where its HTTP API is; empty if it has none
 * @param mark of its data directory; empty before there is anybody to tell
 */
record Identity(String clusterId, long nodeId, String address, String httpAddress, String mark) {
    Identity marked(String mark) {
        return new Identity(clusterId, nodeId, address, httpAddress, mark);
    }
}
