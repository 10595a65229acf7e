package io.perilune.raft.sim;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A state machine that is the list of all commands so far, each once however often it is sent; the answer to one is its
 * place, counted from 1. Tells the hash of its state after each index.
 */
final class CommandList implements SimulatedMachine {
    static final Kind KIND = new Kind() {
        @Override
        public SimulatedMachine begin(Witness witness) {
            return new CommandList(witness);
        }

        @Override
        public byte[] command(String name) {
            return name.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public long place(Object reply) {
            return (Long) reply;
        }

        @Override
        public byte[] extra(Random chance) {
            return null;
        }
    };

    private final Witness witness;
    private final Map<String, Long> places = new LinkedHashMap<>();
    private long lastIndex;
    private long hash;

    CommandList(Witness witness) {
        this.witness = witness;
    }

    @Override
    public long size() {
        return places.size();
    }

    @Override
    public long applied() {
        return lastIndex;
    }

    @Override
    public Long placeOf(String command) {
        return places.get(command);
    }

    @Override
    public Object apply(long index, long term, long time, ByteBuffer command) {
        String text = StandardCharsets.UTF_8.decode(command).toString();
        places.putIfAbsent(text, size() + 1);
        follow(index, term, term * 31 + text.hashCode());
        return places.get(text);
    }

    @Override
    public void skip(long index, long term) {
        follow(index, term, term);
    }

    private void follow(long index, long term, long content) {
        if (index != lastIndex + 1) {
            throw new Violation("index " + index + " applied after " + lastIndex);
        }
        lastIndex = index;
        hash = hash * 0x9E3779B97F4A7C15L + content;
        witness.saw(index, term, hash);
    }

    @Override
    public Capture capture() {
        List<String> copy = List.copyOf(places.keySet());
        long captured = hash;
        return out -> {
            DataOutputStream data = new DataOutputStream(out);
            data.writeLong(captured);
            data.writeInt(copy.size());
            for (String command : copy) {
                data.writeUTF(command);
            }
            data.flush();
        };
    }

    @Override
    public void restore(long index, long term, InputStream captured) throws IOException {
        DataInputStream data = new DataInputStream(captured);
        hash = data.readLong();
        places.clear();
        for (int left = data.readInt(); left > 0; left--) {
            places.put(data.readUTF(), size() + 1);
        }
        lastIndex = index;
        witness.saw(index, term, hash);
    }
}
