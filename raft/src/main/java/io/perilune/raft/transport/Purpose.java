package io.perilune.raft.transport;

import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;

/** The two links to a peer, so that a heartbeat never waits behind a megabyte of entries. */
enum Purpose {
    /** What carries entries, or has to stay in order with them. */
    ENTRIES,
    /** Everything else: small, and urgent. */
    CONTROL;

    static Purpose of(Message message) {
        MessageType type = message.getType();
        return type == MessageType.MSG_APP || type == MessageType.MSG_PROP ? ENTRIES : CONTROL;
    }

    String label() {
        return switch (this) {
            case ENTRIES -> "entries";
            case CONTROL -> "control";
        };
    }
}
