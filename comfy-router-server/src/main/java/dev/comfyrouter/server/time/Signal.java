package dev.comfyrouter.server.time;

import java.time.Duration;

/// A bell for one waiting thread; a ring while nobody waits is kept, any number of rings count as one.
public interface Signal {
    void raise();

    /// Waits for a ring, at most this long, and takes it.
    boolean await(Duration longest) throws InterruptedException;
}
