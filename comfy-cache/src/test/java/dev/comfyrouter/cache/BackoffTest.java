package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BackoffTest {

    private static final Backoff BACKOFF = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(60));
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void theCeilingDoublesAndStopsAtTheLongest() {
        for (var failures = 1; failures < 200; failures++) {
            var ceiling = Duration.ofSeconds(Math.min(60, 1L << Math.min(failures - 1, 10)));
            assertThat(BACKOFF.delay(failures, Optional.empty())).isBetween(Duration.ZERO, ceiling);
        }
    }

    @Test
    void theDelayIsDrawnFromTheWholeRange() {
        var shortest = Duration.ofDays(1);
        var longest = Duration.ZERO;
        for (var i = 0; i < 2000; i++) {
            var delay = BACKOFF.delay(10, Optional.empty());
            shortest = delay.compareTo(shortest) < 0 ? delay : shortest;
            longest = delay.compareTo(longest) > 0 ? delay : longest;
        }
        assertThat(shortest).isLessThan(Duration.ofSeconds(3));
        assertThat(longest).isGreaterThan(Duration.ofSeconds(57));
    }

    @Test
    void whatTheServerAsksForIsKeptUpToTheLongest() {
        assertThat(BACKOFF.delay(1, Optional.of(Duration.ofSeconds(7)))).isEqualTo(Duration.ofSeconds(7));
        assertThat(BACKOFF.delay(1, Optional.of(Duration.ofHours(7)))).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void retryAfterIsSecondsOrADate() {
        assertThat(Backoff.retryAfter(Optional.of(" 12 "), NOW)).contains(Duration.ofSeconds(12));
        assertThat(Backoff.retryAfter(Optional.of("Thu, 01 Jan 2026 00:01:00 GMT"), NOW))
                .contains(Duration.ofMinutes(1));
        assertThat(Backoff.retryAfter(Optional.of("Wed, 31 Dec 2025 00:01:00 GMT"), NOW))
                .contains(Duration.ZERO);
        assertThat(Backoff.retryAfter(Optional.of("soon"), NOW)).isEmpty();
        assertThat(Backoff.retryAfter(Optional.empty(), NOW)).isEmpty();
    }
}
