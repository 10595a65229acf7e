package io.perilune.raft.sim;

import io.perilune.raft.storage.Files;
import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * A disk in memory with the habits of a real one. A write goes to a cache; each sector of it reaches the platter at a force,
 * or earlier, or never, independently of the others. Names created, changed and deleted reach it in order, at a force of
 * their directory or earlier. {@link #powerCut} decides by chance what was lucky; {@link #kill} ends the process only and
 * keeps the cache.
 *
 * <p>Faults on order: a power cut or kill in the middle of the n-th operation from now, a force that fails (and, as kernels
 * do, forgets what it should have written while calling it clean), a full disk. Single-threaded.
 */
public final class SimulatedDisk implements Files {
    public static final int SECTOR_BYTES = 512;

    private final RandomGenerator random;
    private final TreeMap<Path, Node> names = new TreeMap<>();
    private final TreeMap<Path, Node> durableNames = new TreeMap<>();
    private final Map<Path, List<NameChange>> pendingNames = new HashMap<>();
    private final TreeSet<Path> directories = new TreeSet<>();
    private final Map<Path, String> locks = new HashMap<>();

    private long capacityBytes = Long.MAX_VALUE;
    private long operations;
    private long crashAt = -1;
    private Crash crashKind = Crash.POWER_CUT;
    private int forcesUntilFailure = -1;
    private int generation;
    private Predicate<Path> forgotten = path -> false;
    private boolean retriesForces;
    private boolean forceFailed;
    private boolean forgetsDirectoryForces;
    private Runnable onForce = () -> {};

    public SimulatedDisk(RandomGenerator random) {
        this.random = random;
    }

    /** How the process ends. */
    public enum Crash {
        POWER_CUT,
        KILL
    }

    /** Thrown out of the operation in which the process ended. */
    public static final class Crashed extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Crashed() {
            super("simulated crash", null, false, false);
        }
    }

    private interface NameChange {
        void apply(TreeMap<Path, Node> to);
    }

    /** Ends the process within the {@code count}-th changing operation from now, counted from 1. */
    public void crashIn(long count, Crash kind) {
        crashAt = operations + count;
        crashKind = kind;
    }

    public void cancelCrash() {
        crashAt = -1;
    }

    /** How many changing operations there were. */
    public long operations() {
        return operations;
    }

    /** Lets {@code count} more forces of files succeed and the next one fail. */
    public void failForceAfter(int count) {
        forcesUntilFailure = count;
    }

    /** From now on forcing these files does nothing, as with a program that does not: a planted mistake, to be found. */
    public void forgetForces(Predicate<Path> which) {
        forgotten = which;
    }

    /** From now on a force that fails is tried again, and succeeds as those of kernels then do: a planted mistake. */
    public void retryForces() {
        retriesForces = true;
    }

    /** Whether a force has failed since the process began. */
    public boolean forceFailed() {
        return forceFailed;
    }

    /** From now on forcing a directory does nothing. */
    public void forgetDirectoryForces() {
        forgetsDirectoryForces = true;
    }

    /** Runs at each force of a file, before it: a simulation lets time pass here. */
    public void onForce(Runnable action) {
        onForce = action;
    }

    public void setCapacityBytes(long bytes) {
        capacityBytes = bytes;
    }

    /** Whether it has less room than it could. */
    public boolean isFull() {
        return capacityBytes < Long.MAX_VALUE;
    }

    public long usedBytes() {
        return names.values().stream().mapToLong(node -> node.size).sum();
    }

    /** The process is gone, the machine stays: all that was written is there. */
    public void kill() {
        generation++;
        locks.clear();
        crashAt = -1;
        forcesUntilFailure = -1;
        forceFailed = false;
    }

    /** The machine is gone: of what was not forced, chance keeps some sectors and some names. */
    public void powerCut() {
        kill();
        for (List<NameChange> changes : pendingNames.values()) {
            int lucky = random.nextInt(changes.size() + 1);
            changes.subList(0, lucky).forEach(change -> change.apply(durableNames));
        }
        pendingNames.clear();
        names.clear();
        names.putAll(durableNames);
        names.values().forEach(node -> node.loseUnforced(random));
    }

    /** Ends the process as {@link #crashIn} was told. */
    public void crash() {
        if (crashKind == Crash.KILL) {
            kill();
        } else {
            powerCut();
        }
    }

    /** A file's bytes as a process would read them. */
    public byte[] content(Path path) {
        Node node = names.get(path);
        return Arrays.copyOf(node.bytes, node.size);
    }

    /** Changes a file behind everyone's back, durably. */
    public void overwrite(Path path, byte[] content) {
        Node node = new Node();
        node.bytes = content.clone();
        node.size = content.length;
        node.settle();
        names.put(path, node);
        durableNames.put(path, node);
    }

    /** A second disk with the same content, all of it durable. */
    public SimulatedDisk copy(RandomGenerator chance) {
        SimulatedDisk copy = new SimulatedDisk(chance);
        names.forEach((path, node) -> copy.overwrite(path, Arrays.copyOf(node.bytes, node.size)));
        copy.directories.addAll(directories);
        return copy;
    }

    private boolean crashesNow() {
        operations++;
        return operations == crashAt;
    }

    private void step() {
        if (crashesNow()) {
            throw new Crashed();
        }
    }

    private void change(Path directory, NameChange change) {
        change.apply(names);
        pendingNames.computeIfAbsent(directory, key -> new ArrayList<>()).add(change);
    }

    private Node require(Path path) throws IOException {
        Node node = names.get(path);
        if (node == null) {
            throw new FileNotFoundException(path.toString());
        }
        return node;
    }

    @Override
    public OpenFile create(Path path) throws IOException {
        step();
        if (names.containsKey(path)) {
            throw new FileAlreadyExistsException(path.toString());
        }
        Node node = new Node();
        change(path.getParent(), to -> to.put(path, node));
        return new Handle(path, node, true);
    }

    @Override
    public OpenFile open(Path path) throws IOException {
        return new Handle(path, require(path), true);
    }

    @Override
    public OpenFile openForReading(Path path) throws IOException {
        return new Handle(path, require(path), false);
    }

    @Override
    public boolean exists(Path path) {
        return names.containsKey(path) || directories.contains(path);
    }

    @Override
    public List<String> list(Path directory) {
        return names.keySet().stream()
                .filter(path -> directory.equals(path.getParent()))
                .map(path -> path.getFileName().toString())
                .sorted()
                .toList();
    }

    @Override
    public void createDirectories(Path directory) {
        for (Path each = directory; each != null; each = each.getParent()) {
            directories.add(each);
        }
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        step();
        Node node = require(from);
        change(from.getParent(), in -> {
            in.remove(from);
            in.put(to, node);
        });
    }

    @Override
    public void delete(Path path) {
        step();
        if (names.containsKey(path)) {
            change(path.getParent(), in -> in.remove(path));
        }
    }

    @Override
    public void forceDirectory(Path directory) {
        step();
        if (forgetsDirectoryForces) {
            return;
        }
        List<NameChange> changes = pendingNames.remove(directory);
        if (changes != null) {
            changes.forEach(change -> change.apply(durableNames));
        }
    }

    @Override
    public long freeBytes(Path directory) {
        return Math.max(0, capacityBytes - usedBytes());
    }

    @Override
    public Closeable lock(Path path, String note) throws IOException {
        if (locks.containsKey(path)) {
            throw new LockedException(path, locks.get(path));
        }
        locks.put(path, note);
        return () -> locks.remove(path);
    }

    private static final class Node {
        byte[] bytes = new byte[0];
        int size;
        byte[] durable = new byte[0];
        int durableSize;
        /** Per sector, each content it has had since the last force. */
        final TreeMap<Integer, List<byte[]>> unforced = new TreeMap<>();

        void write(byte[] data, int at) {
            int end = at + data.length;
            if (end > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(end, bytes.length * 2));
            }
            System.arraycopy(data, 0, bytes, at, data.length);
            size = Math.max(size, end);
            for (int sector = at / SECTOR_BYTES; sector * SECTOR_BYTES < end; sector++) {
                unforced.computeIfAbsent(sector, key -> new ArrayList<>()).add(sectorOf(bytes, sector));
            }
        }

        void truncate(int newSize) {
            if (newSize < size) {
                Arrays.fill(bytes, newSize, size, (byte) 0);
                size = newSize;
                // Kept simple: a cut is durable at once. Only repairs cut.
                settle();
            }
        }

        void force() {
            if (durable.length < bytes.length) {
                durable = Arrays.copyOf(durable, bytes.length);
            }
            for (int sector : unforced.keySet()) {
                int at = sector * SECTOR_BYTES;
                System.arraycopy(bytes, at, durable, at, Math.min(SECTOR_BYTES, bytes.length - at));
            }
            durableSize = size;
            unforced.clear();
        }

        /** All that is there becomes durable. */
        void settle() {
            durable = bytes.clone();
            durableSize = size;
            unforced.clear();
        }

        void loseUnforced(RandomGenerator random) {
            byte[] survived = Arrays.copyOf(durable, Math.max(bytes.length, durable.length));
            unforced.forEach((sector, versions) -> {
                int version = random.nextInt(versions.size() + 1);
                if (version > 0) {
                    byte[] content = versions.get(version - 1);
                    int at = sector * SECTOR_BYTES;
                    System.arraycopy(content, 0, survived, at, Math.min(content.length, survived.length - at));
                }
            });
            int survivedSize = size == durableSize || random.nextBoolean() ? size : durableSize;
            Arrays.fill(survived, Math.min(survivedSize, survived.length), survived.length, (byte) 0);
            bytes = survived;
            size = survivedSize;
            settle();
        }

        private static byte[] sectorOf(byte[] bytes, int sector) {
            int from = sector * SECTOR_BYTES;
            return Arrays.copyOfRange(bytes, from, Math.min(from + SECTOR_BYTES, bytes.length));
        }
    }

    private final class Handle implements OpenFile {
        private final Path path;
        private final Node node;
        private final boolean writable;
        private final int openedIn = generation;
        private boolean closed;

        Handle(Path path, Node node, boolean writable) {
            this.path = path;
            this.node = node;
            this.writable = writable;
        }

        private void requireOpen() {
            if (closed || openedIn != generation) {
                throw new IllegalStateException(path + " is used after it was closed, or after a crash");
            }
        }

        @Override
        public int read(ByteBuffer into, long position) {
            requireOpen();
            int count = (int) Math.min(into.remaining(), node.size - position);
            if (count <= 0) {
                return into.hasRemaining() ? -1 : 0;
            }
            into.put(node.bytes, (int) position, count);
            return count;
        }

        @Override
        public void write(ByteBuffer from, long position) throws IOException {
            requireOpen();
            if (!writable) {
                throw new IllegalStateException(path + " is open for reading");
            }
            byte[] data = new byte[from.remaining()];
            from.get(data);
            if (crashesNow()) {
                // The call may end after any byte of it.
                node.write(Arrays.copyOf(data, random.nextInt(data.length + 1)), (int) position);
                throw new Crashed();
            }
            long growth = position + data.length - node.size;
            if (growth > 0 && growth > freeBytes(path.getParent())) {
                throw new DiskFullException(path + ": No space left on device");
            }
            node.write(data, (int) position);
        }

        @Override
        public void force() throws IOException {
            requireOpen();
            onForce.run();
            if (crashesNow()) {
                if (random.nextBoolean()) {
                    node.force();
                }
                throw new Crashed();
            }
            if (forcesUntilFailure == 0) {
                forcesUntilFailure = -1;
                node.unforced.clear();
                if (retriesForces) {
                    return;
                }
                forceFailed = true;
                throw new IOException(path + ": Input/output error");
            }
            forcesUntilFailure -= forcesUntilFailure > 0 ? 1 : 0;
            if (!forgotten.test(path)) {
                node.force();
            }
        }

        @Override
        public long size() {
            requireOpen();
            return node.size;
        }

        @Override
        public void truncate(long size) {
            requireOpen();
            step();
            node.truncate((int) size);
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
