package io.perilune.raft.node;

import io.perilune.raft.proto.ConfState;
import io.perilune.raft.transport.Addresses;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Where the members are, and who is a member no more. Replicated: it changes with the conf changes in the log, whose
 * context carries places, and it precedes the state in a snapshot.
 *
 * @param places by id
 * @param removed ids that are never to be used again
 */
record Roster(SortedMap<Long, Place> places, SortedSet<Long> removed) {
    static final Roster EMPTY = new Roster(new TreeMap<>(), new TreeSet<>());
    private static final byte VERSION = 3;
    private static final byte WITHOUT_REPLACED = 2;
    private static final int COUNT_MAX = 1 << 20;
    private static final int ADDRESS_LENGTH_MAX = 256;
    private static final char MORE_FOLLOWS = '|';

    /**
     * @param raft {@code host:port} that peers dial
     * @param http address of its HTTP API; empty where whoever added it did not say
     * @param replaces the member that leaves when this one gets its vote; 0 where it takes nobody's place, or has
     */
    record Place(String raft, String http, long replaces) {
        Place(String raft, String http) {
            this(raft, http, 0);
        }
    }

    Roster {
        places = Collections.unmodifiableSortedMap(new TreeMap<>(places));
        removed = Collections.unmodifiableSortedSet(new TreeSet<>(removed));
    }

    /** After a conf change: {@code told} are the places it brought, {@code state} is who belongs now. */
    Roster after(ConfState state, SortedMap<Long, Place> told) {
        SortedSet<Long> present = new TreeSet<>(state.getVotersList());
        present.addAll(state.getLearnersList());
        present.addAll(state.getVotersOutgoingList());
        present.addAll(state.getLearnersNextList());
        TreeMap<Long, Place> now = new TreeMap<>(places);
        now.putAll(told);
        TreeSet<Long> gone = new TreeSet<>(removed);
        for (Long id : places.keySet()) {
            if (!present.contains(id)) {
                gone.add(id);
            }
        }
        now.keySet().retainAll(present);
        state.getVotersList().forEach(id -> now.computeIfPresent(id, (same, at) -> new Place(at.raft(), at.http())));
        gone.removeAll(present);
        return new Roster(now, gone);
    }

    /**
     * What the context of a conf change brings: {@code 1=host:port,2=host:port|host:port,3=host:port|host:port|1}, where
     * the second is for HTTP and may be empty, and the third the member that is replaced.
     */
    static SortedMap<Long, Place> parse(String text) {
        TreeMap<Long, Place> told = new TreeMap<>();
        for (String part : text.split(",")) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                String[] place = part.substring(equals + 1).split("[|]", -1);
                told.put(
                        Long.parseLong(part.substring(0, equals)),
                        new Place(
                                place[0],
                                place.length > 1 ? place[1] : "",
                                place.length > 2 ? Long.parseLong(place[2]) : 0));
            }
        }
        return told;
    }

    static String format(long id, Place place) {
        String more = place.replaces() == 0 ? "" : MORE_FOLLOWS + Long.toString(place.replaces());
        String http = place.http().isEmpty() && more.isEmpty() ? "" : MORE_FOLLOWS + place.http();
        return id + "=" + place.raft() + http + more;
    }

    /** Whether others could dial it, and this list can carry it. */
    static boolean isAddress(String text) {
        try {
            return text.length() <= ADDRESS_LENGTH_MAX
                    && text.chars().allMatch(c -> c > ' ' && c < 127 && c != ',' && c != '=' && c != MORE_FOLLOWS)
                    && Addresses.parse(text).getPort() != 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    void writeTo(DataOutputStream out) throws IOException {
        out.writeByte(VERSION);
        out.writeInt(places.size());
        for (var entry : places.entrySet()) {
            out.writeLong(entry.getKey());
            writeText(out, entry.getValue().raft());
            writeText(out, entry.getValue().http());
            out.writeLong(entry.getValue().replaces());
        }
        out.writeInt(removed.size());
        for (long id : removed) {
            out.writeLong(id);
        }
    }

    private static void writeText(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeShort(bytes.length);
        out.write(bytes);
    }

    static Roster readFrom(DataInputStream in) throws IOException {
        byte version = in.readByte();
        if (version != VERSION && version != WITHOUT_REPLACED) {
            throw new IOException("a snapshot's list of members has version " + version + ", not " + VERSION);
        }
        TreeMap<Long, Place> places = new TreeMap<>();
        for (int left = count(in); left > 0; left--) {
            long id = in.readLong();
            places.put(id, new Place(readText(in), readText(in), version == WITHOUT_REPLACED ? 0 : in.readLong()));
        }
        TreeSet<Long> removed = new TreeSet<>();
        for (int left = count(in); left > 0; left--) {
            removed.add(in.readLong());
        }
        return new Roster(places, removed);
    }

    private static String readText(DataInputStream in) throws IOException {
        return new String(in.readNBytes(in.readUnsignedShort()), StandardCharsets.UTF_8);
    }

    private static int count(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > COUNT_MAX) {
            throw new IOException("a snapshot's list of members claims " + count + " of them");
        }
        return count;
    }
}
