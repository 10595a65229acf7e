package io.perilune.scripting.vm;

import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaValue;

/** A Lua thread: a list of frames, and no thread of Java's. One that nobody refers to is garbage like any other. */
final class Coroutine extends LuaValue implements Table.Identified {
    static final int BYTES = 256;

    enum Status {
        SUSPENDED("suspended"),
        RUNNING("running"),
        NORMAL("normal"),
        DEAD("dead");

        final String text;

        Status(String text) {
            this.text = text;
        }
    }

    Frame top;
    Status status = Status.SUSPENDED;
    /** What it will run; null once it has been started. */
    @Nullable
    LuaValue body;

    @Nullable
    Coroutine resumer;
    /** Frames of its own while it is suspended, and of those below it while it runs. */
    int depthHeld;

    int depthBelow;
    /** Calls from Java in progress on it; it cannot yield across them. */
    int javaCalls;
    /** Of the host, when it was last resumed. */
    int savepoint;

    // How the frame that yielded will use what it is resumed with.
    int use;
    int destination;
    int wanted;
    private int identity;

    Coroutine(Meter meter, @Nullable LuaValue body) {
        meter.memory(BYTES);
        this.body = body;
        top = new Frame(null, meter);
        top.control = Control.BODY_MARK;
    }

    @Override
    public int identity(Meter numbering) {
        if (identity == 0) {
            identity = numbering.nextIdentity();
        }
        return identity;
    }

    @Override
    public int type() {
        return TTHREAD;
    }

    @Override
    public String typename() {
        return "thread";
    }

    @Override
    public boolean isthread() {
        return true;
    }
}
