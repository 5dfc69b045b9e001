package dev.comfyrouter.server.time;

import java.time.Duration;
import java.time.InstantSource;

/// The time that the router lives in: what it is, how one waits in it, and the threads that do.
///
/// It is handed in, so that a simulation can play another one, in which hours pass at once, one thread moves at a
/// time, and the order of all steps can be repeated.
public interface Time extends InstantSource {
    /// The time of this machine.
    static Time system() {
        return SystemTime.INSTANCE;
    }

    Signal signal();

    /// A thread that waits by this time alone, not started yet.
    Thread thread(Thread.Builder kind, Runnable life);

    /// Waits for time to pass; an interrupt ends it.
    default void pause(Duration length) throws InterruptedException {
        var unused = signal().await(length); // nobody raises it
    }
}
