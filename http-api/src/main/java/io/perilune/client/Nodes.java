package io.perilune.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The addresses of a cluster: those that were given, and those that its members tell. Safe for use by several threads. */
final class Nodes {
    private final List<String> given;
    private final String scheme;
    private Map<Long, String> members = new TreeMap<>();
    private String preferred;

    Nodes(List<String> urls) {
        this.given = List.copyOf(urls);
        this.preferred = given.get(0);
        this.scheme = URI.create(preferred).getScheme();
    }

    /** All of them, the one that answered last first. */
    synchronized List<String> inOrder() {
        var all = new LinkedHashSet<String>();
        all.add(preferred);
        all.addAll(members.values());
        all.addAll(given);
        return new ArrayList<>(all);
    }

    /** The leader spares a command the way through another node. */
    synchronized void answered(String url, String leader) {
        preferred = url;
        if (!leader.isEmpty() && leader.chars().allMatch(Character::isDigit) && leader.length() < 19) {
            preferred = members.getOrDefault(Long.parseLong(leader), url);
        }
    }

    /** @param cluster what {@code GET /v1/cluster} answers */
    synchronized void learn(JsonNode cluster) {
        var told = new TreeMap<Long, String>();
        for (var member : cluster.path("members")) {
            var address = member.path("http").asText("");
            if (isReachable(address)) {
                told.put(member.path("id").asLong(), scheme + "://" + address);
            }
        }
        members = told;
    }

    /** A node that binds every address, or lets the system choose a port, does not know its own. */
    private static boolean isReachable(String address) {
        return !address.isEmpty()
                && !address.endsWith(":0")
                && !address.startsWith("0.0.0.0:")
                && !address.startsWith("[::]:");
    }
}
