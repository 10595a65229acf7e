package io.perilune.raft.transport;

import io.perilune.raft.proto.Message;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A receiver that remembers what it was told. */
final class Inbox implements Receiver {
    final List<Message> messages = new CopyOnWriteArrayList<>();
    final AtomicInteger count = new AtomicInteger();
    final Map<Long, String> connected = new ConcurrentHashMap<>();
    final Set<Long> gone = ConcurrentHashMap.newKeySet();
    final Set<Long> unreachable = ConcurrentHashMap.newKeySet();
    final Set<Long> removed = ConcurrentHashMap.newKeySet();
    final Set<Long> strangers = ConcurrentHashMap.newKeySet();
    final Map<Long, Admission> turnedAway = new ConcurrentHashMap<>();
    final Map<Long, Boolean> snapshots = new ConcurrentHashMap<>();

    @Override
    public boolean receive(Message message) {
        count.incrementAndGet();
        messages.add(message);
        return true;
    }

    @Override
    public void unreachable(long peer) {
        unreachable.add(peer);
    }

    @Override
    public void connected(long peer, String httpAddress) {
        connected.put(peer, httpAddress);
    }

    @Override
    public void gone(long peer) {
        gone.add(peer);
    }

    @Override
    public void snapshotSent(long peer, boolean complete) {
        snapshots.put(peer, complete);
    }

    @Override
    public String mark() {
        return "0123456789abcdef";
    }

    @Override
    public Admission admit(long node, String mark) {
        return removed.contains(node)
                ? Admission.REMOVED
                : strangers.contains(node) ? Admission.OTHER_DATA : Admission.WELCOME;
    }

    @Override
    public void turnedAway(long byPeer, Admission why) {
        turnedAway.put(byPeer, why);
    }
}
