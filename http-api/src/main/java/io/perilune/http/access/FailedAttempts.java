package io.perilune.http.access;

import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Counts tokens that were not valid, by the address they came from, over a while. There is nothing to guess in a secret of
 * 256 bits; but each attempt may cost the cluster a round to find out whether it is news. Safe for use by any thread.
 */
public final class FailedAttempts {
    /** In one window, from one address. */
    public static final int ATTEMPTS_MAX = 30;

    static final long WINDOW_MILLIS = 10_000;

    /** Remembered at one time; the one that began first is forgotten first. */
    static final int ADDRESSES_MAX = 10_000;

    private final Map<InetAddress, Window> windows = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<InetAddress, Window> eldest) {
            return size() > ADDRESSES_MAX;
        }
    };

    private static final class Window {
        private final long begun;
        private int count;

        Window(long begun) {
            this.begun = begun;
        }
    }

    /** Whether there were so many that the next one is not looked at. */
    public synchronized boolean tooMany(InetAddress from, long nowMillis) {
        var window = windows.get(from);
        return window != null && window.count >= ATTEMPTS_MAX && nowMillis - window.begun < WINDOW_MILLIS;
    }

    public synchronized void failed(InetAddress from, long nowMillis) {
        var window = windows.get(from);
        if (window == null || nowMillis - window.begun >= WINDOW_MILLIS) {
            windows.remove(from);
            window = new Window(nowMillis);
            windows.put(from, window);
        }
        window.count++;
    }
}
