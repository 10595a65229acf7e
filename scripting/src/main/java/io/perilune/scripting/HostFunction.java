package io.perilune.scripting;

/** A Java function for Lua: reads its arguments from the call and pushes its results to it. */
@FunctionalInterface
public interface HostFunction {
    void call(HostCall call);
}
