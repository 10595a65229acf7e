package io.perilune.raft.confchange;

import com.google.protobuf.InvalidProtocolBufferException;
import io.perilune.raft.proto.ConfChange;
import io.perilune.raft.proto.ConfChangeSingle;
import io.perilune.raft.proto.ConfChangeTransition;
import io.perilune.raft.proto.ConfChangeV2;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.EntryType;

/** What a membership change asks for. */
public final class ConfChanges {
    private ConfChanges() {}

    /** The single change as the general one. */
    public static ConfChangeV2 general(ConfChange change) {
        return ConfChangeV2.newBuilder()
                .addChanges(
                        ConfChangeSingle.newBuilder().setType(change.getType()).setNodeId(change.getNodeId()))
                .setContext(change.getContext())
                .build();
    }

    public static boolean isConfChange(Entry entry) {
        return entry.getType() == EntryType.CONF_CHANGE || entry.getType() == EntryType.CONF_CHANGE_V2;
    }

    /** The change that an entry of either kind holds. */
    public static ConfChangeV2 decode(Entry entry) throws InvalidProtocolBufferException {
        return entry.getType() == EntryType.CONF_CHANGE
                ? general(ConfChange.parseFrom(entry.getData()))
                : ConfChangeV2.parseFrom(entry.getData());
    }

    /** Whether it asks to leave the joint configuration. */
    public static boolean leavesJoint(ConfChangeV2 change) {
        return change.getChangesCount() == 0 && change.getTransition() == ConfChangeTransition.AUTO;
    }

    /** Whether it goes through a joint configuration: on request, or since several members change at once. */
    public static boolean entersJoint(ConfChangeV2 change) {
        return change.getChangesCount() > 1 || change.getTransition() != ConfChangeTransition.AUTO;
    }

    /** Whether the leader leaves the joint configuration by itself. */
    public static boolean leavesByItself(ConfChangeV2 change) {
        return change.getTransition() != ConfChangeTransition.JOINT_EXPLICIT;
    }
}
