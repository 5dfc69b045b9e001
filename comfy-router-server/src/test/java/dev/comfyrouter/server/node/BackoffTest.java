package dev.comfyrouter.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BackoffTest {
    /// Always the longest pause that is allowed.
    private static final RandomGenerator MOST = new RandomGenerator() {
        @Override
        public long nextLong() {
            return Long.MAX_VALUE;
        }

        @Override
        public long nextLong(long bound) {
            return bound - 1;
        }
    };

    private static long[] pauses(Backoff backoff, long... secondsLived) {
        return Stream.of(secondsLived)
                .flatMapToLong(Arrays::stream)
                .map(lived -> backoff.next(Duration.ofSeconds(lived)).toMillis())
                .toArray();
    }

    @Test
    void theLimitDoublesUpToHalfAMinute() {
        assertThat(pauses(new Backoff(MOST), 0, 0, 0, 0, 0, 0, 0, 0, 0))
                .containsExactly(250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000);
    }

    @Test
    void aStreamThatLastedBeginsAnewAndOneThatDidNotGoesOn() {
        assertThat(pauses(new Backoff(MOST), 0, 0, 9, 10, 0, 3600)).containsExactly(250, 500, 1000, 250, 500, 250);
    }

    @Test
    void anyPauseUpToTheLimitMayCome() {
        var backoff = new Backoff(RandomGenerator.of("L64X128MixRandom"));

        assertThat(Stream.generate(() -> backoff.next(Duration.ofHours(1)))
                        .limit(200)
                        .toList())
                .allMatch(pause -> !pause.isNegative() && pause.toMillis() <= 250)
                .anyMatch(pause -> pause.toMillis() < 125)
                .anyMatch(pause -> pause.toMillis() > 125);
    }
}
