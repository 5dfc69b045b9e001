package dev.comfyrouter.server.time;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;

/// How a part of the router waits for its thread at a stop: for a moment, and never for ever.
public final class Stopping {
    private static final Logger LOG = System.getLogger(Stopping.class.getName());
    private static final Duration MOMENT = Duration.ofSeconds(2);

    private Stopping() {}

    /// Waits for a thread that has been told to end; one that does not is named in the log. An interrupt ends the
    /// waiting and is kept.
    public static void await(Thread told) {
        try {
            if (!told.join(MOMENT)) {
                LOG.log(Level.WARNING, "the thread {0} did not end in time", told.getName());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
