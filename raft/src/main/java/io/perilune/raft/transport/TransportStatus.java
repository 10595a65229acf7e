package io.perilune.raft.transport;

/**
 * Counts since the transport was made.
 *
 * @param sent messages handed to a link
 * @param received messages taken from a link
 * @param dropped messages that could not be sent, or were lost in the queue of a link that broke
 * @param refused messages that arrived and found the receiver full
 * @param connects links made by dialing
 */
public record TransportStatus(long sent, long received, long dropped, long refused, long connects) {}
