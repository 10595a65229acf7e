package io.perilune.raft.text;

import io.perilune.raft.proto.ConfChangeSingle;
import io.perilune.raft.proto.ConfChangeType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Membership changes in short: {@code v1} voter, {@code l2} learner, {@code r3} removed, {@code u4} updated. */
public final class ConfChangeText {
    private ConfChangeText() {}

    /** @throws IllegalArgumentException saying which token is not understood */
    public static List<ConfChangeSingle> parse(String text) {
        List<ConfChangeSingle> changes = new ArrayList<>();
        for (String token : text.strip().split("\\s+")) {
            if (!token.isEmpty()) {
                changes.add(parseOne(token));
            }
        }
        return changes;
    }

    private static ConfChangeSingle parseOne(String token) {
        if (token.length() < 2) {
            throw new IllegalArgumentException("unknown token " + token);
        }
        ConfChangeType type = switch (token.charAt(0)) {
            case 'v' -> ConfChangeType.ADD_NODE;
            case 'l' -> ConfChangeType.ADD_LEARNER_NODE;
            case 'r' -> ConfChangeType.REMOVE_NODE;
            case 'u' -> ConfChangeType.UPDATE_NODE;
            default -> throw new IllegalArgumentException("unknown input: " + token);
        };
        return ConfChangeSingle.newBuilder()
                .setType(type)
                .setNodeId(Long.parseUnsignedLong(token.substring(1)))
                .build();
    }

    public static String format(List<ConfChangeSingle> changes) {
        return changes.stream().map(ConfChangeText::formatOne).collect(Collectors.joining(" "));
    }

    private static String formatOne(ConfChangeSingle change) {
        String letter = switch (change.getType()) {
            case ADD_NODE -> "v";
            case ADD_LEARNER_NODE -> "l";
            case REMOVE_NODE -> "r";
            case UPDATE_NODE -> "u";
            case UNRECOGNIZED -> "unknown";
        };
        return letter + Long.toUnsignedString(change.getNodeId());
    }
}
