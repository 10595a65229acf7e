package io.perilune.engine.apply;

import io.perilune.engine.codec.SnapshotReader;
import io.perilune.engine.codec.SnapshotWriter;
import io.perilune.engine.codec.Work;
import io.perilune.engine.replication.ReplicatedState;
import io.perilune.engine.state.Change;
import io.perilune.engine.state.World;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Holds the current {@link World} and moves it on, entry by entry. Replication's thread is the only one that writes;
 * any thread may read the world, which is immutable.
 *
 * <p>An exception out of {@link #apply} is a defect of this software: the state stays where it was and applies nothing
 * more, since going on would be to fall out of step with the other replicas.
 */
public final class Applier implements ReplicatedState {
    /** Worlds kept for reads of the past. */
    public static final int PAST_INDEXES = 4_096;

    /** Of keys and values that only they still hold. */
    public static final long PAST_BYTES = 64L << 20;

    /** Told by the thread that applies, but for {@link #mayBeKept}. */
    public interface Listener {
        /** For every index. */
        void reached(World world);

        /** After {@link #reached}, of an entry about the replicas. */
        default void oversees(Work.Oversight oversight, World world) {}

        /**
         * An entry is about to be run, by any of the threads that apply. Nothing here knows what time it is; whoever does may
         * say when it was.
         */
        default long begins() {
            return 0;
        }

        /** @param begun what {@link #begins} gave */
        default void ended(long begun) {}

        /** Whether the state is fit to be written to disk. By any thread. */
        default boolean mayBeKept() {
            return true;
        }
    }

    private final Transition transition;
    private final RecentWorlds past = new RecentWorlds(PAST_INDEXES, PAST_BYTES);
    private final Listener listener;
    private final Ahead ahead;
    private volatile World world = World.EMPTY;
    private volatile boolean broken;

    /** @param listener told of each new world, in order, on the thread that applies; must not wait */
    public Applier(Transition transition, Listener listener) {
        this.transition = transition;
        this.listener = listener;
        this.ahead = new Ahead(transition, Runtime.getRuntime().availableProcessors(), listener);
    }

    public World world() {
        return world;
    }

    /** The world as it was when {@code index} had been applied; null if it is not kept any more, or not yet there. */
    public @Nullable World at(long index) {
        return past.at(index);
    }

    /** The least index of which {@link #at} knows. */
    public long oldest() {
        return past.oldest();
    }

    /** Whether {@link #apply} came upon a defect and nothing is applied any more. */
    public boolean broken() {
        return broken;
    }

    @Override
    public void ahead(List<Upcoming> commands) {
        ahead.prepare(world, commands);
    }

    @Override
    public Object apply(long index, long term, long time, ByteBuffer command) {
        requireNext(index);
        var step = step(index, term, time, command);
        publish(step.world(), step.changes());
        if (step.oversight() != null) {
            listener.oversees(step.oversight(), step.world());
        }
        return new Applied(step.reply(), step.log());
    }

    private Step step(long index, long term, long time, ByteBuffer command) {
        try {
            var prepared = ahead.take(world, index, term, time);
            if (prepared != null) {
                return prepared;
            }
            var begun = listener.begins();
            var step = transition.apply(world, index, term, time, command);
            listener.ended(begun);
            return step;
        } catch (RuntimeException | Error defect) {
            broken = true;
            throw new IllegalStateException("applying entry " + index + " of term " + term + " failed", defect);
        }
    }

    @Override
    public void skip(long index, long term) {
        requireNext(index);
        publish(world.at(index, term, 0), List.of());
    }

    private void requireNext(long index) {
        if (broken) {
            throw new IllegalStateException("entry " + index + " comes after a failure at " + (world.index() + 1));
        }
        if (index != world.index() + 1) {
            broken = true;
            throw new IllegalStateException("entry " + index + " comes after " + world.index());
        }
    }

    private void publish(World next, List<Change> changes) {
        past.add(next, changes);
        world = next;
        listener.reached(next);
    }

    @Override
    public Capture capture() {
        var captured = world;
        return out -> {
            if (!listener.mayBeKept()) {
                throw new CaptureRefused("this replica's state is not that of the others");
            }
            SnapshotWriter.write(captured, out);
        };
    }

    @Override
    public void restore(long index, long term, InputStream captured) throws IOException {
        var restored = SnapshotReader.read(captured);
        if (restored.index() != index || restored.term() != term) {
            throw new IOException("the snapshot is of index " + restored.index() + " in term " + restored.term()
                    + ", not of index " + index + " in term " + term);
        }
        publish(restored, List.of());
    }

    /** Lets threads go that are not needed any more. */
    public void close() {
        ahead.close();
    }
}
