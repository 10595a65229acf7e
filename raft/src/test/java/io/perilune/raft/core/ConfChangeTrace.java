package io.perilune.raft.core;

import io.perilune.raft.confchange.Changer;
import io.perilune.raft.core.Transcript.Argument;
import io.perilune.raft.core.Transcript.Case;
import io.perilune.raft.proto.ConfChangeSingle;
import io.perilune.raft.text.ConfChangeText;
import io.perilune.raft.text.Describe;
import io.perilune.raft.tracker.Inflights;
import io.perilune.raft.tracker.Members;
import io.perilune.raft.tracker.Progress;
import io.perilune.raft.tracker.ProgressMap;
import java.util.List;

/** Membership algebra, driven by the commands of a transcript. */
final class ConfChangeTrace {
    private static final int WINDOW = 10;

    private Members members = Members.NONE;
    private ProgressMap progress = ProgressMap.EMPTY;
    private long lastIndex;

    String run(Case step) {
        try {
            return handle(step);
        } catch (TraceError | IllegalArgumentException e) {
            return e.getMessage();
        } finally {
            lastIndex++;
        }
    }

    private String handle(Case step) {
        List<ConfChangeSingle> changes = ConfChangeText.parse(step.input());
        Changer changer = new Changer(
                members,
                progress,
                () -> new Progress(Math.max(lastIndex, 1), false, new Inflights(WINDOW, Long.MAX_VALUE)));
        Changer.Result result = switch (step.command()) {
            case "simple" -> changer.simple(changes);
            case "enter-joint" ->
                changer.enterJoint(
                        step.argument("autoleave")
                                .map(Argument::value)
                                .map(Boolean::parseBoolean)
                                .orElse(false),
                        changes);
            case "leave-joint" -> {
                if (!changes.isEmpty()) {
                    throw new TraceError("this command takes no input");
                }
                yield changer.leaveJoint();
            }
            default -> throw new TraceError("unknown command");
        };
        if (result instanceof Changer.Result.Refused refused) {
            return refused.why();
        }
        return adopt((Changer.Result.Changed) result);
    }

    private String adopt(Changer.Result.Changed changed) {
        members = changed.mark().members();
        progress = changed.progress();
        StringBuilder text = new StringBuilder().append(members).append('\n');
        for (int i = 0; i < progress.size(); i++) {
            text.append(Long.toUnsignedString(progress.idAt(i)))
                    .append(": ")
                    .append(Describe.progress(progress.at(i).view()))
                    .append('\n');
        }
        return text.toString();
    }
}
