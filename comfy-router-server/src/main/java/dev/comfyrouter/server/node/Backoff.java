package dev.comfyrouter.server.node;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// The pauses before a stream is opened again: any part of a limit that doubles up to half a minute, so that a
/// router does not call all its nodes at once after a break, nor the same node all the time.
final class Backoff {
    private static final Duration FIRST = Duration.ofMillis(250);
    private static final Duration LONGEST = Duration.ofSeconds(30);

    /// A stream that was open so long was a good one.
    private static final Duration STEADY = Duration.ofSeconds(10);

    private final RandomGenerator random;
    private Duration limit = FIRST;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    /// @param lived how long the last stream was open; zero when it could not be opened
    Duration next(Duration lived) {
        if (lived.compareTo(STEADY) >= 0) {
            limit = FIRST;
        }
        Duration pause = Duration.ofMillis(random.nextLong(limit.toMillis() + 1));
        Duration doubled = limit.multipliedBy(2);
        limit = doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST;
        return pause;
    }
}
