package io.perilune.scripting.vm;

import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Which functions run as bytecode of the JVM. All begin in the interpreter; those called often, or that loop for long,
 * are translated by a thread of its own, so that no script waits for it. When that is done depends on the machine, and
 * may: results, gas, memory and messages are the same in both tiers.
 *
 * <p>The system property {@code perilune.jit} is {@code on} (the default), {@code off} (interpreter only), or {@code
 * always} (translate before the first call: for tests).
 */
final class Tiers {
    /** What five hundred instructions of a loop count; beginning a call, or coming back to one, counts one. */
    static final int LOOP = 20;

    /** Functions waiting to be translated; more stay in the interpreter until they are hot again. */
    private static final int QUEUE_MAX = 64;

    private static final int IDLE_SECONDS = 5;

    private static final Mode MODE = mode(System.getProperty("perilune.jit", "on"));

    /** A function this warm is translated. */
    static final int HOT = MODE == Mode.ALWAYS ? 1 : 200;

    private static final ThreadPoolExecutor TRANSLATOR = translator();

    private Tiers() {}

    private enum Mode {
        ON,
        OFF,
        ALWAYS
    }

    enum State {
        INTERPRETED,
        WAITING,
        /** On the assumption that what arithmetic is done with are numbers. */
        ASSUMING,
        GENERAL,
        REFUSED
    }

    private static Mode mode(String name) {
        try {
            return Mode.valueOf(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException unknown) {
            throw new IllegalArgumentException("perilune.jit is '" + name + "'; it can be on, off or always", unknown);
        }
    }

    private static ThreadPoolExecutor translator() {
        var pool = new ThreadPoolExecutor(
                1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new ArrayBlockingQueue<>(QUEUE_MAX), task -> {
                    Thread thread = new Thread(task, "perilune-jit");
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    static void compile(Code code) {
        if (MODE == Mode.OFF) {
            code.state = State.REFUSED;
        } else {
            begin(code, true);
        }
    }

    /** A result of arithmetic was no number: what was assumed is not so. */
    static void disprove(Code code) {
        if (code.state == State.ASSUMING) {
            begin(code, false);
        }
    }

    private static void begin(Code code, boolean assuming) {
        State before = code.state;
        code.state = State.WAITING;
        if (MODE == Mode.ALWAYS) {
            translate(code, assuming);
            return;
        }
        try {
            TRANSLATOR.execute(() -> translate(code, assuming));
        } catch (RejectedExecutionException full) {
            code.state = before;
        }
    }

    private static void translate(Code code, boolean assuming) {
        CompiledCode made = null;
        try {
            made = Translator.translate(code, assuming);
        } catch (RuntimeException | LinkageError fault) {
            if (MODE == Mode.ALWAYS) {
                throw fault;
            }
        }
        if (made == null) {
            code.state = State.REFUSED;
        } else {
            code.compiled(made);
            code.state = assuming ? State.ASSUMING : State.GENERAL;
        }
    }
}
