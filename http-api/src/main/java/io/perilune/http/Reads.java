package io.perilune.http;

import io.perilune.engine.Engine;
import io.perilune.engine.View;
import io.perilune.http.access.Caller;

/** What a read of the state gave, or the problem that it met. */
final class Reads {
    private Reads() {}

    /** @throws Problem.Thrown if there was no reading now */
    static View view(Engine.Read read) {
        if (read instanceof Engine.Read.At at) {
            return at.view();
        } else if (read instanceof Engine.Read.Refused refused) {
            throw Replies.unread(refused.reason()).thrown();
        }
        throw new IllegalStateException("a third kind of read: " + read);
    }

    /** @throws Problem.Thrown if there was no reading now, or there is no such machine */
    static View.Machine machine(Engine.Read read, String name, Caller caller) {
        var view = view(read);
        return view.machine(name).orElseThrow(() -> unknown(view, name, caller).thrown());
    }

    private static Problem unknown(View view, String name, Caller caller) {
        return Problem.of(Kind.NO_SUCH_MACHINE, "there is no machine \"" + name + "\"")
                .on(name)
                .suggesting(view.suggestion(name).filter(caller::mayRead).orElse(null));
    }
}
