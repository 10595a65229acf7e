package io.perilune.raft.core;

import io.perilune.raft.proto.Message;
import java.util.ArrayList;
import java.util.List;

/**
 * Messages on their way out. Those that promise something (votes, acknowledgements) may leave only once everything
 * before them is on disk; the others at once, so that a leader's followers write while it does (§10.2.1).
 */
final class Outbox {
    private List<Message> atOnce = new ArrayList<>();
    private List<Message> onceStored = new ArrayList<>();

    void send(Message message) {
        atOnce.add(message);
    }

    void sendOnceStored(Message message) {
        onceStored.add(message);
    }

    List<Message> atOnce() {
        return atOnce;
    }

    List<Message> onceStored() {
        return onceStored;
    }

    boolean isEmpty() {
        return atOnce.isEmpty() && onceStored.isEmpty();
    }

    /** The lists that were taken belong to whoever took them. */
    void taken() {
        atOnce = new ArrayList<>();
        onceStored = new ArrayList<>();
    }
}
