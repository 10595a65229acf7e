package io.perilune.scripting;

import io.perilune.scripting.Outcome.Budget;
import io.perilune.scripting.lib.SeededRandom;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Meter;

/**
 * What one call of a script holds besides Lua: its host, its circumstances, and the counts that {@link Meter} does not
 * keep. {@link HostLibrary}'s functions find it as {@link Interpreter#host()}.
 */
final class ScriptRun implements Interpreter.Savepoints {
    final Host host;
    final Invocation invocation;
    final Limits limits;
    final Meter meter;
    final boolean isQuery;
    final SeededRandom chance;
    private boolean loading = true;
    private int writes;
    private int events;
    private int logLines;
    private int logDropped;
    private int timers;

    ScriptRun(Host host, Invocation invocation, boolean isQuery) {
        this.host = host;
        this.invocation = invocation;
        this.isQuery = isQuery;
        limits = invocation.limits();
        meter = new Meter(isQuery ? limits.queryGas() : limits.gas(), limits.memoryBytes(), limits.stringBytes());
        chance = new SeededRandom(invocation.seed());
    }

    static ScriptRun of(Interpreter lua) {
        return (ScriptRun) lua.host();
    }

    /** The chunk has been run: now the state may be used. */
    void loaded() {
        loading = false;
    }

    boolean isLoading() {
        return loading;
    }

    /** The host, for those functions that reach the state. */
    Host state() {
        if (loading) {
            throw LuaFailure.at("state functions cannot be called while the chunk loads; use init()");
        }
        return host;
    }

    /** The host, for a function that changes the state: counts one write. */
    Host forWrite() {
        Host state = state();
        if (isQuery) {
            throw LuaFailure.at("a query cannot write");
        }
        writes++;
        if (writes > limits.writes()) {
            meter.end(Budget.WRITES, limits.writes(), writes);
        }
        return state;
    }

    Host forEvent() {
        Host state = state();
        if (isQuery) {
            throw LuaFailure.at("a query cannot emit events");
        }
        events++;
        if (events > limits.events()) {
            meter.end(Budget.EVENTS, limits.events(), events);
        }
        return state;
    }

    void log(Bytes line) {
        if (logLines >= limits.logLines()) {
            logDropped++;
            return;
        }
        logLines++;
        host.log(line);
    }

    /** A name for a timer that the script did not name: no two of one machine are the same. */
    String nextTimerId() {
        timers++;
        // The calls of one batch share an index; only their seeds differ.
        return invocation.index() + "." + Long.toUnsignedString(invocation.seed(), Character.MAX_RADIX) + "." + timers;
    }

    Outcome.Usage usage() {
        return new Outcome.Usage(meter.gasUsed(), meter.memoryUsed(), writes, events, logDropped);
    }

    @Override
    public int savepoint() {
        return loading ? 0 : host.savepoint();
    }

    @Override
    public void rollback(int savepoint) {
        if (!loading) {
            host.rollback(savepoint);
        }
    }
}
