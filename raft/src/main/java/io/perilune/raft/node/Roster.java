package io.perilune.raft.node;

import io.perilune.raft.proto.ConfState;
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
 * context carries addresses, and it precedes the state in a snapshot.
 *
 * @param addresses raft addresses by id
 * @param removed ids that are never to be used again
 */
record Roster(SortedMap<Long, String> addresses, SortedSet<Long> removed) {
    static final Roster EMPTY = new Roster(new TreeMap<>(), new TreeSet<>());
    private static final byte VERSION = 1;
    private static final int COUNT_MAX = 1 << 20;

    Roster {
        addresses = Collections.unmodifiableSortedMap(new TreeMap<>(addresses));
        removed = Collections.unmodifiableSortedSet(new TreeSet<>(removed));
    }

    /** After a conf change: {@code told} are the addresses it brought, {@code state} is who belongs now. */
    Roster after(ConfState state, SortedMap<Long, String> told) {
        SortedSet<Long> present = new TreeSet<>(state.getVotersList());
        present.addAll(state.getLearnersList());
        present.addAll(state.getVotersOutgoingList());
        present.addAll(state.getLearnersNextList());
        TreeMap<Long, String> now = new TreeMap<>(addresses);
        now.putAll(told);
        TreeSet<Long> gone = new TreeSet<>(removed);
        for (Long id : addresses.keySet()) {
            if (!present.contains(id)) {
                gone.add(id);
            }
        }
        now.keySet().retainAll(present);
        gone.removeAll(present);
        return new Roster(now, gone);
    }

    /** The addresses that the context of a conf change brings: {@code 1=host:port,2=host:port}. */
    static SortedMap<Long, String> parseAddresses(String text) {
        TreeMap<Long, String> addresses = new TreeMap<>();
        for (String part : text.split(",")) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                addresses.put(Long.parseLong(part.substring(0, equals)), part.substring(equals + 1));
            }
        }
        return addresses;
    }

    static String formatAddress(long id, String address) {
        return id + "=" + address;
    }

    void writeTo(DataOutputStream out) throws IOException {
        out.writeByte(VERSION);
        out.writeInt(addresses.size());
        for (var entry : addresses.entrySet()) {
            byte[] address = entry.getValue().getBytes(StandardCharsets.UTF_8);
            out.writeLong(entry.getKey());
            out.writeShort(address.length);
            out.write(address);
        }
        out.writeInt(removed.size());
        for (long id : removed) {
            out.writeLong(id);
        }
    }

    static Roster readFrom(DataInputStream in) throws IOException {
        byte version = in.readByte();
        if (version != VERSION) {
            throw new IOException("a snapshot's list of members has version " + version + ", not " + VERSION);
        }
        TreeMap<Long, String> addresses = new TreeMap<>();
        for (int left = count(in); left > 0; left--) {
            long id = in.readLong();
            byte[] address = in.readNBytes(in.readUnsignedShort());
            addresses.put(id, new String(address, StandardCharsets.UTF_8));
        }
        TreeSet<Long> removed = new TreeSet<>();
        for (int left = count(in); left > 0; left--) {
            removed.add(in.readLong());
        }
        return new Roster(addresses, removed);
    }

    private static int count(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > COUNT_MAX) {
            throw new IOException("a snapshot's list of members claims " + count + " of them");
        }
        return count;
    }
}
