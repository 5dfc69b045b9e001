package dev.comfyrouter.cache;

import java.time.InstantSource;

/// The speed over the last few seconds. One thread writes, any thread reads.
final class Meter {

    private static final long SAMPLE_MILLIS = 200;
    private static final double SMOOTHING = 0.2;

    private final InstantSource clock;
    private long lastMillis;
    private long lastBytes = -1;
    private int samples;
    private volatile double speed;

    Meter(InstantSource clock) {
        this.clock = clock;
    }

    /// @param bytes how many there are now
    void at(long bytes) {
        var now = clock.millis();
        if (lastBytes < 0) {
            lastBytes = bytes;
            lastMillis = now;
            return;
        }
        var millis = now - lastMillis;
        if (millis >= SAMPLE_MILLIS) {
            var present = (bytes - lastBytes) * 1000.0 / millis;
            // The first samples weigh the same, so that one that saw nothing yet is soon forgotten.
            var weight = Math.max(SMOOTHING, 1.0 / ++samples);
            var before = speed;
            speed = before + weight * (present - before);
            lastBytes = bytes;
            lastMillis = now;
        }
    }

    /// Bytes are about to come; the time since the last ones was spent on something else.
    void resume() {
        lastBytes = -1;
    }

    void reset() {
        lastBytes = -1;
        samples = 0;
        speed = 0;
    }

    double bytesPerSecond() {
        return Math.max(0, speed);
    }
}
