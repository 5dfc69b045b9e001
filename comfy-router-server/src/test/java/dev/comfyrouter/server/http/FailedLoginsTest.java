package dev.comfyrouter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class FailedLoginsTest {
    private Instant now = Instant.parse("2026-11-24T12:00:00Z");
    private final FailedLogins logins = new FailedLogins(() -> now);

    private void failTimes(int count, String address) {
        for (int i = 0; i < count; i++) {
            var unused = logins.failed(address);
        }
    }

    @Test
    void aFewMistakesCostNothing() {
        for (int i = 0; i < 5; i++) {
            assertThat(logins.failed("a")).hasValue(Duration.ZERO);
        }
    }

    @Test
    void afterThatAnswersAreHalfASecondApart() {
        failTimes(5, "a");

        assertThat(logins.failed("a")).hasValue(Duration.ofMillis(500));
        assertThat(logins.failed("a")).hasValue(Duration.ofSeconds(1));
        now = now.plusMillis(1000);
        assertThat(logins.failed("a")).hasValue(Duration.ofMillis(500));
    }

    @Test
    void nobodyWaitsMoreThanFiveSecondsBecauseWaitingCostsUsToo() {
        failTimes(5 + 10, "a");

        assertThat(logins.failed("a")).isEmpty();
        now = now.plusMillis(500);
        assertThat(logins.failed("a")).hasValue(Duration.ofSeconds(5));
    }

    @Test
    void oneAddressDoesNotSlowAnotherDown() {
        failTimes(100, "a");

        assertThat(logins.failed("b")).hasValue(Duration.ZERO);
    }

    @Test
    void afterTenQuietMinutesAllIsForgotten() {
        failTimes(100, "a");
        now = now.plus(Duration.ofMinutes(10)).plusMillis(1);

        assertThat(logins.failed("a")).hasValue(Duration.ZERO);
    }

    @Test
    void theTableIsBoundedAndForgetsWhoFailedLongestAgo() {
        failTimes(6, "patient");
        for (int i = 0; i < 10_000; i++) {
            failTimes(1, "address " + i);
            if (i == 4_000) {
                failTimes(1, "patient");
            }
        }

        assertThat(logins.size()).isEqualTo(4096);
        assertThat(logins.failed("address 9999")).hasValue(Duration.ZERO);
        assertThat(logins.failed("patient")).as("it was pushed out at last").hasValue(Duration.ZERO);
    }
}
