package dev.comfyrouter.client;

import java.time.Duration;

/// Durations in sentences.
final class Durations {
    private Durations() {}

    static String words(Duration duration) {
        return duration.toMillis() % 1000 == 0 ? duration.toSeconds() + " s" : duration.toMillis() + " ms";
    }

    static Duration positive(Duration duration, String name) {
        if (duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException(name + " must be longer than nothing, not " + duration);
        }
        return duration;
    }
}
