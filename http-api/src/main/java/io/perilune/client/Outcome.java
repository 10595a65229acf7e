package io.perilune.client;

import java.util.function.Function;

/** How a call ended; every way has a type of its own. */
public sealed interface Outcome<T> {
    /** It was done. */
    record Done<T>(T value) implements Outcome<T> {}

    /** The script said no; that is replicated and remembered like a result. */
    record Rejected<T>(Problem problem) implements Outcome<T> {}

    /** The script broke or crossed a limit; nothing of it was kept. */
    record Failed<T>(Problem problem) implements Outcome<T> {}

    /** The request was wrong, or not allowed: it will be refused the same way again. */
    record Refused<T>(Problem problem) implements Outcome<T> {}

    /** No node could take it in the time there was; certainly not done. */
    record Unavailable<T>(String detail) implements Outcome<T> {}

    /**
     * It may or may not have been done. Sending it again with the same key is safe; so is asking for its fate.
     *
     * @param key idempotency key that it was sent with; empty for what has none
     */
    record Unknown<T>(String key, String detail) implements Outcome<T> {}

    /** @throws NotDoneException if it is anything else than {@link Done} */
    default T orThrow() {
        if (this instanceof Done<T> done) {
            return done.value();
        }
        throw new NotDoneException(this);
    }

    default <U> Outcome<U> map(Function<T, U> change) {
        if (this instanceof Done<T> done) {
            return new Done<>(change.apply(done.value()));
        } else if (this instanceof Rejected<T> rejected) {
            return new Rejected<>(rejected.problem());
        } else if (this instanceof Failed<T> failed) {
            return new Failed<>(failed.problem());
        } else if (this instanceof Refused<T> refused) {
            return new Refused<>(refused.problem());
        } else if (this instanceof Unavailable<T> unavailable) {
            return new Unavailable<>(unavailable.detail());
        } else if (this instanceof Unknown<T> unknown) {
            return new Unknown<>(unknown.key(), unknown.detail());
        }
        throw new IllegalStateException("a seventh outcome: " + this);
    }

    /** For callers that have no use for anything but success. */
    final class NotDoneException extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final transient Outcome<?> outcome;

        NotDoneException(Outcome<?> outcome) {
            super(outcome.toString());
            this.outcome = outcome;
        }

        public Outcome<?> outcome() {
            return outcome;
        }
    }
}
