package dev.comfyrouter.testkit;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Waiting for time to pass; an interrupt ends it, which is how the fake stops.
final class Pauses {

    private Pauses() {}

    static void pause(Duration time) throws InterruptedException {
        if (new CountDownLatch(1).await(time.toNanos(), TimeUnit.NANOSECONDS)) {
            throw new AssertionError("nobody counts this latch down");
        }
    }
}
