package io.perilune.engine;

import static java.util.Collections.unmodifiableSortedMap;

import io.perilune.scripting.Bytes;
import io.perilune.scripting.Limits;
import io.perilune.scripting.Sandbox;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Something that changes a machine, or who may use it, and so becomes an entry of the log. The constructors refuse, with an
 * {@link IllegalArgumentException}, what could not be answered at all; what is merely too large or wrong for the state
 * of things is answered with a {@link Reply.Refused}.
 */
public sealed interface Request {
    int MACHINE_NAME_LENGTH_MAX = 63;

    /** Leaves room for the line that a batch appends. */
    int IDEMPOTENCY_KEY_LENGTH_MAX = 140;

    int TOKEN_HASH_BYTES = 32;

    int TRACEPARENT_LENGTH = 55;

    /** A hundred years; more is for ever. */
    long TOKEN_TTL_MAX_MILLIS = 100L * 366 * 24 * 3_600_000;

    /** Empty for {@link Administration}. */
    String machine();

    /**
     * @param name of {@code commands.NAME}, or null for {@code apply}
     * @param argument canonical value
     * @param key idempotency key, 1..128 printable ASCII characters, or null
     * @param caller token's name, or null
     * @param traceparent of the request it came with (W3C Trace Context), kept with the entry for whoever looks for it;
     *     or null
     */
    record Call(
            String machine,
            @Nullable String name,
            Bytes argument,
            @Nullable String key,
            @Nullable String caller,
            @Nullable String traceparent)
            implements Request {
        public Call(
                String machine, @Nullable String name, Bytes argument, @Nullable String key, @Nullable String caller) {
            this(machine, name, argument, key, caller, null);
        }

        public Call {
            require(traceparent == null || isTraceparent(traceparent), "not a traceparent", "" + traceparent);
            require(isMachineName(machine), "not a machine's name", machine);
            require(name == null || !name.isEmpty(), "not a command's name", "");
            require(key == null || isIdempotencyKey(key), "not an idempotency key", "" + key);
            require(caller == null || !caller.isEmpty(), "not a caller's name", "");
        }
    }

    /** Calls of one machine in one entry, all or nothing. */
    record AtomicBatch(String machine, List<Call> calls) implements Request {
        public AtomicBatch {
            calls = List.copyOf(calls);
            require(isMachineName(machine), "not a machine's name", machine);
            require(!calls.isEmpty(), "a batch has at least one call", "none");
            for (var call : calls) {
                require(call.machine().equals(machine), "a batch is of one machine", call.machine());
            }
        }
    }

    /**
     * Uploads a new version, creating the machine with the first one.
     *
     * @param files {@code main.lua} alone for a plain script
     * @param activate whether to switch to it in the same entry
     * @param expected version that has to be active, or null for any
     */
    record Deploy(
            String machine,
            SortedMap<String, Bytes> files,
            boolean activate,
            @Nullable Long expected) implements Request {
        public Deploy {
            files = unmodifiableSortedMap(new TreeMap<>(files));
            require(isMachineName(machine), "not a machine's name", machine);
            require(files.containsKey(Sandbox.MAIN), "a bundle has a " + Sandbox.MAIN, "" + files.keySet());
        }
    }

    /** Switches to a version that was uploaded before. */
    record Activate(String machine, long version, @Nullable Long expected) implements Request {
        public Activate {
            require(isMachineName(machine), "not a machine's name", machine);
        }
    }

    /** @param history null where its bounds stay as they are */
    record SetLimits(
            String machine, Limits limits, @Nullable HistoryBounds history) implements Request {
        public SetLimits {
            require(isMachineName(machine), "not a machine's name", machine);
        }
    }

    record Delete(String machine) implements Request {
        public Delete {
            require(isMachineName(machine), "not a machine's name", machine);
        }
    }

    /** What is about the whole cluster rather than one machine. */
    sealed interface Administration extends Request {
        @Override
        default String machine() {
            return "";
        }
    }

    /**
     * @param hash of the secret: {@link Token#hash}
     * @param ttlMillis of log time; 0 for ever
     */
    record CreateToken(String name, Bytes hash, List<Scope> scopes, long ttlMillis) implements Administration {
        public CreateToken {
            scopes = List.copyOf(scopes);
            require(isMachineName(name), "not a token's name", name);
            require(hash.size() == TOKEN_HASH_BYTES, "a hash has 32 bytes", "" + hash.size());
            require(
                    !scopes.isEmpty() && scopes.size() <= Token.SCOPES_MAX,
                    "a token has 1.." + Token.SCOPES_MAX + " scopes",
                    "" + scopes.size());
            require(ttlMillis >= 0 && ttlMillis <= TOKEN_TTL_MAX_MILLIS, "not a time to live", "" + ttlMillis);
        }
    }

    record RevokeToken(String name) implements Administration {
        public RevokeToken {
            require(isMachineName(name), "not a token's name", name);
        }
    }

    /**
     * A piece of an archive; number 0 begins a restore and drops one that was not finished.
     *
     * @param id chosen by whoever restores
     */
    record RestorePart(String id, int number, Bytes bytes) implements Administration {
        public RestorePart {
            require(isMachineName(id), "not the name of a restore", id);
            require(number >= 0, "parts are counted from 0", "" + number);
        }
    }

    /** All parts are there: they become the state, if that is empty still. */
    record FinishRestore(String id) implements Administration {
        public FinishRestore {
            require(isMachineName(id), "not the name of a restore", id);
        }
    }

    /** {@code [a-z][a-z0-9_-]{0,62}}; by hand, since every replica asks it of every entry. */
    private static boolean isMachineName(String text) {
        if (text.isEmpty() || text.length() > MACHINE_NAME_LENGTH_MAX || !isLowerCase(text.charAt(0))) {
            return false;
        }
        for (var i = 1; i < text.length(); i++) {
            var c = text.charAt(i);
            if (!isLowerCase(c) && (c < '0' || c > '9') && c != '_' && c != '-') {
                return false;
            }
        }
        return true;
    }

    private static boolean isLowerCase(char c) {
        return c >= 'a' && c <= 'z';
    }

    /** {@code 00-TRACE-SPAN-FLAGS} in lower-case hex, of this version or one that looks the same. */
    static boolean isTraceparent(String text) {
        if (text.length() != TRACEPARENT_LENGTH) {
            return false;
        }
        for (var i = 0; i < TRACEPARENT_LENGTH; i++) {
            var c = text.charAt(i);
            var isDash = i == 2 || i == 35 || i == 52;
            if (isDash ? c != '-' : (c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return true;
    }

    /** Printable ASCII. */
    private static boolean isIdempotencyKey(String text) {
        if (text.isEmpty() || text.length() > IDEMPOTENCY_KEY_LENGTH_MAX) {
            return false;
        }
        for (var i = 0; i < text.length(); i++) {
            if (text.charAt(i) < ' ' || text.charAt(i) > '~') {
                return false;
            }
        }
        return true;
    }

    private static void require(boolean holds, String rule, String got) {
        if (!holds) {
            throw new IllegalArgumentException(rule + ": " + got);
        }
    }
}
