package dev.comfyrouter.cache;

import java.time.Duration;
import java.util.Optional;

/// A try came to nothing for a reason that may pass.
final class Broken extends Exception {

    final Optional<Duration> retryAfter;

    /// Whether the body ended before its time.
    final boolean cutOff;

    Broken(String message, Optional<Duration> retryAfter, boolean cutOff) {
        super(message);
        this.retryAfter = retryAfter;
        this.cutOff = cutOff;
    }
}
