package io.perilune.raft.linearizability;

import io.perilune.raft.linearizability.KeyOperation.Add;
import io.perilune.raft.linearizability.KeyOperation.CompareAndSet;
import io.perilune.raft.linearizability.KeyOperation.Write;
import java.util.Optional;

/** One number that can be read, written, compared and set, and added to. */
public final class KeyModel implements Model<Long, KeyOperation, Long> {
    @Override
    public Long initial() {
        return 0L;
    }

    @Override
    public Optional<Long> step(Long state, KeyOperation input, Long output) {
        return answer(state, input) == output ? Optional.of(blind(state, input)) : Optional.empty();
    }

    @Override
    public Long blind(Long state, KeyOperation input) {
        if (input instanceof Write write) {
            return write.value();
        }
        if (input instanceof Add add) {
            return state + add.amount();
        }
        if (input instanceof CompareAndSet swap && swap.expected() == state) {
            return swap.value();
        }
        return state;
    }

    /** What {@code input} is answered with when the number is {@code state}. */
    public long answer(long state, KeyOperation input) {
        if (input instanceof Add add) {
            return state + add.amount();
        }
        if (input instanceof CompareAndSet swap) {
            return swap.expected() == state ? 1 : 0;
        }
        return state;
    }
}
