package dev.comfyrouter.cache;

import java.util.concurrent.atomic.AtomicReference;
import org.apache.hc.core5.concurrent.Cancellable;

/// The HTTP exchange that a transfer is busy with, so that others can break it off.
final class Call {

    private static final long NOT_WAITING = Long.MAX_VALUE;

    private final AtomicReference<Cancellable> current = new AtomicReference<>(() -> false);
    private volatile boolean stopped;
    private volatile long headersDue = NOT_WAITING;

    void started(Cancellable request, long headersDueMillis) {
        current.set(request);
        headersDue = headersDueMillis;
        if (stopped) {
            request.cancel();
        }
    }

    void answered() {
        headersDue = NOT_WAITING;
    }

    /// Breaks off the present exchange; another one may follow.
    void drop() {
        current.get().cancel();
    }

    /// Breaks off the present exchange and every later one.
    void stop() {
        stopped = true;
        drop();
    }

    boolean isStopped() {
        return stopped;
    }

    /// Breaks off an exchange whose headers trickle in: the time-out of a single read does not see that.
    void dropIfOverdue(long nowMillis) {
        if (nowMillis > headersDue) {
            drop();
        }
    }
}
