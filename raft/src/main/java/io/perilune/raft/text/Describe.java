package io.perilune.raft.text;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.perilune.raft.confchange.ConfChanges;
import io.perilune.raft.core.Node;
import io.perilune.raft.core.Ready;
import io.perilune.raft.core.Role;
import io.perilune.raft.core.SoftState;
import io.perilune.raft.proto.ConfState;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.HardState;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;
import io.perilune.raft.proto.Snapshot;
import io.perilune.raft.quorum.NodeIds;
import io.perilune.raft.tracker.Progress;
import io.perilune.raft.tracker.ProgressState;
import java.util.List;
import java.util.Locale;

/**
 * The notation of etcd's transcripts. Payloads are quoted in full: what is printed for people who run a server should
 * be cut before it comes here.
 */
public final class Describe {
    private static final int PRINTABLE_FROM = 0x20;
    private static final int DELETE = 0x7f;

    private Describe() {}

    /** Several lines; without a line end after the last. */
    public static String ready(Ready ready) {
        if (ready.isEmpty()) {
            return "<empty Ready>";
        }
        StringBuilder text =
                new StringBuilder("Ready MustSync=").append(ready.mustSync()).append(":\n");
        if (ready.softState() != null) {
            text.append(softState(ready.softState())).append('\n');
        }
        if (ready.hardState() != null) {
            text.append("HardState ").append(hardState(ready.hardState())).append('\n');
        }
        if (!ready.readStates().isEmpty()) {
            text.append("ReadStates ").append(ready.readStates()).append('\n');
        }
        if (!ready.entries().isEmpty()) {
            text.append("Entries:\n").append(entries(ready.entries()));
        }
        if (ready.snapshot() != null) {
            text.append("Snapshot ").append(snapshot(ready.snapshot())).append('\n');
        }
        if (!ready.committedEntries().isEmpty()) {
            text.append("CommittedEntries:\n").append(entries(ready.committedEntries()));
        }
        if (!ready.messages().isEmpty()) {
            text.append("Messages:\n");
            ready.messages().forEach(message -> text.append(message(message)).append('\n'));
        }
        return text.substring(0, text.length() - 1);
    }

    public static String softState(SoftState state) {
        return "Lead:" + Long.toUnsignedString(state.leader()) + " State:" + role(state.role());
    }

    public static String role(Role role) {
        return switch (role) {
            case FOLLOWER -> "StateFollower";
            case PRE_CANDIDATE -> "StatePreCandidate";
            case CANDIDATE -> "StateCandidate";
            case LEADER -> "StateLeader";
        };
    }

    public static String hardState(HardState state) {
        String vote = state.getVote() == 0 ? "" : " Vote:" + Long.toUnsignedString(state.getVote());
        return "Term:" + state.getTerm() + vote + " Commit:" + state.getCommit();
    }

    public static String snapshot(Snapshot snapshot) {
        return "Index:" + snapshot.getMetadata().getIndex() + " Term:"
                + snapshot.getMetadata().getTerm() + " ConfState:"
                + confState(snapshot.getMetadata().getConfState());
    }

    public static String confState(ConfState state) {
        return "Voters:" + ids(state.getVotersList()) + " VotersOutgoing:" + ids(state.getVotersOutgoingList())
                + " Learners:" + ids(state.getLearnersList()) + " LearnersNext:" + ids(state.getLearnersNextList())
                + " AutoLeave:" + state.getAutoLeave();
    }

    private static String ids(List<Long> ids) {
        StringBuilder text = new StringBuilder("[");
        NodeIds.of(ids).forEach(id -> {
            text.append(text.length() > 1 ? " " : "").append(Long.toUnsignedString(id));
        });
        return text.append(']').toString();
    }

    /** One line per entry, each with a line end. */
    public static String entries(List<Entry> entries) {
        StringBuilder text = new StringBuilder();
        entries.forEach(entry -> text.append(entry(entry)).append('\n'));
        return text.toString();
    }

    public static String entry(Entry entry) {
        String place = entry.getTerm() + "/" + entry.getIndex() + " ";
        return switch (entry.getType()) {
            case NORMAL -> place + "EntryNormal " + quoted(entry.getData());
            case CONF_CHANGE -> place + "EntryConfChange" + changes(entry);
            case CONF_CHANGE_V2 -> place + "EntryConfChangeV2" + changes(entry);
            case UNRECOGNIZED -> place + "Entry" + entry.getTypeValue() + " " + quoted(entry.getData());
        };
    }

    private static String changes(Entry entry) {
        try {
            String text = ConfChangeText.format(ConfChanges.decode(entry).getChangesList());
            return text.isEmpty() ? "" : " " + text;
        } catch (InvalidProtocolBufferException e) {
            return " undecodable " + quoted(entry.getData());
        }
    }

    /** Several lines if the message holds several entries, a snapshot or responses; no line end after the last. */
    public static String message(Message message) {
        StringBuilder text = new StringBuilder();
        text.append(node(message.getFrom())).append("->").append(node(message.getTo()));
        text.append(' ').append(type(message.getType()));
        text.append(" Term:").append(message.getTerm());
        text.append(" Log:").append(message.getLogTerm()).append('/').append(message.getIndex());
        if (message.getReject()) {
            text.append(" Rejected (Hint: ").append(message.getRejectHint()).append(')');
        }
        if (message.getCommit() != 0) {
            text.append(" Commit:").append(message.getCommit());
        }
        if (message.getVote() != 0) {
            text.append(" Vote:").append(Long.toUnsignedString(message.getVote()));
        }
        appendEntries(text, message.getEntriesList());
        if (message.getSnapshot().getMetadata().getIndex() != 0) {
            text.append("\n  Snapshot: ").append(snapshot(message.getSnapshot()));
        }
        if (message.getResponsesCount() > 0) {
            text.append(" Responses:[");
            message.getResponsesList()
                    .forEach(response ->
                            text.append('\n').append(message(response).indent(2).stripTrailing()));
            text.append("\n]");
        }
        return text.toString();
    }

    private static void appendEntries(StringBuilder text, List<Entry> entries) {
        if (entries.size() == 1) {
            text.append(" Entries:[").append(entry(entries.get(0))).append(']');
        } else if (!entries.isEmpty()) {
            text.append(" Entries:[");
            entries.forEach(entry -> text.append("\n  ").append(entry(entry)));
            text.append("\n]");
        }
    }

    /** {@code MSG_APP_RESP} is {@code MsgAppResp}. */
    public static String type(MessageType type) {
        StringBuilder text = new StringBuilder();
        for (String word : type.name().split("_")) {
            text.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
        }
        return text.toString();
    }

    private static String node(long id) {
        if (id == 0) {
            return "None";
        }
        if (id == Node.APPEND_THREAD) {
            return "AppendThread";
        }
        return id == Node.APPLY_THREAD ? "ApplyThread" : Long.toHexString(id);
    }

    public static String progress(Progress.View progress) {
        StringBuilder text = new StringBuilder(state(progress.state()));
        text.append(" match=").append(progress.match()).append(" next=").append(progress.next());
        if (progress.learner()) {
            text.append(" learner");
        }
        if (progress.paused()) {
            text.append(" paused");
        }
        if (progress.pendingSnapshot() > 0) {
            text.append(" pendingSnap=").append(progress.pendingSnapshot());
        }
        if (!progress.active()) {
            text.append(" inactive");
        }
        if (progress.inflight() > 0) {
            text.append(" inflight=").append(progress.inflight()).append(progress.windowFull() ? "[full]" : "");
        }
        return text.toString();
    }

    private static String state(ProgressState state) {
        return switch (state) {
            case PROBE -> "StateProbe";
            case REPLICATE -> "StateReplicate";
            case SNAPSHOT -> "StateSnapshot";
        };
    }

    /** Double-quoted, with escapes for what cannot be printed. */
    private static String quoted(ByteString data) {
        StringBuilder text = new StringBuilder("\"");
        if (data.isValidUtf8()) {
            data.toStringUtf8().codePoints().forEach(point -> quote(text, point));
        } else {
            for (int i = 0; i < data.size(); i++) {
                quoteByte(text, data.byteAt(i) & 0xff);
            }
        }
        return text.append('"').toString();
    }

    private static void quote(StringBuilder text, int point) {
        switch (point) {
            case '"' -> text.append("\\\"");
            case '\\' -> text.append("\\\\");
            case 0x07 -> text.append("\\a");
            case '\b' -> text.append("\\b");
            case '\f' -> text.append("\\f");
            case '\n' -> text.append("\\n");
            case '\r' -> text.append("\\r");
            case '\t' -> text.append("\\t");
            case 0x0b -> text.append("\\v");
            default -> {
                if (point < PRINTABLE_FROM || point == DELETE) {
                    quoteByte(text, point);
                } else {
                    text.appendCodePoint(point);
                }
            }
        }
    }

    private static void quoteByte(StringBuilder text, int value) {
        if (value >= PRINTABLE_FROM && value < DELETE) {
            quote(text, value);
        } else {
            text.append(String.format(Locale.ROOT, "\\x%02x", value));
        }
    }
}
