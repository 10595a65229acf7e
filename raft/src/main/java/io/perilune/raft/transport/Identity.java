package io.perilune.raft.transport;

/**
 * Who this node is to its peers.
 *
 * @param address where peers reach it, {@code host:port}
 * @param httpAddress where its HTTP API is; empty if it has none
 */
record Identity(String clusterId, long nodeId, String address, String httpAddress) {}
