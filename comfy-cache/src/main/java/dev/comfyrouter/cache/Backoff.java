package dev.comfyrouter.cache;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/// How long to wait before the next try: exponential with full jitter, or what the server asks for, both
/// capped.
record Backoff(Duration first, Duration longest) {

    /// @param failures tries in a row that brought nothing, 1 or more
    Duration delay(int failures, Optional<Duration> retryAfter) {
        if (retryAfter.isPresent()) {
            return retryAfter.get().compareTo(longest) > 0 ? longest : retryAfter.get();
        }
        var ceiling = Math.min(longest.toMillis(), first.toMillis() << Math.min(failures - 1, 20));
        return Duration.ofMillis(ThreadLocalRandom.current().nextLong(Math.max(1, ceiling + 1)));
    }

    /// Reads the header `Retry-After`: seconds or a date.
    static Optional<Duration> retryAfter(Optional<String> header, Instant now) {
        if (header.isEmpty()) {
            return Optional.empty();
        }
        var value = header.get().strip();
        if (value.matches("\\d{1,9}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
        }
        try {
            var until = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            return until.isAfter(now) ? Optional.of(Duration.between(now, until)) : Optional.of(Duration.ZERO);
        } catch (DateTimeParseException e) {
            return Optional.empty(); // an unreadable wish is no wish
        }
    }
}
