package dev.comfyrouter.server.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SystemTimeTest {
    private static final Duration FOREVER = Duration.ofDays(1);

    private final Time time = Time.system();
    private final Signal signal = time.signal();

    @AfterEach
    void forgetTheInterrupt() {
        var unused = Thread.interrupted();
    }

    @Test
    void aRingWhileNobodyWaitsIsKeptAndManyCountAsOne() throws Exception {
        signal.raise();
        signal.raise();

        assertThat(signal.await(FOREVER)).isTrue();
        assertThat(signal.await(Duration.ZERO)).isFalse();
    }

    @Test
    void noRingIsLostBetweenTwoWhoWaitForEachOther() throws Exception {
        int rounds = 2_000;
        Signal answer = time.signal();
        var heard = new AtomicInteger();
        Thread other = time.thread(Thread.ofVirtual(), () -> {
            try {
                while (heard.get() < rounds && signal.await(FOREVER)) {
                    heard.incrementAndGet();
                    answer.raise();
                }
            } catch (InterruptedException stopped) {
                // the test is over
            }
        });
        other.start();
        try {
            for (int round = 1; round <= rounds; round++) {
                signal.raise();
                assertThat(answer.await(FOREVER)).isTrue();
                assertThat(heard).hasValue(round);
            }
        } finally {
            other.interrupt();
        }
    }

    @Test
    void aWaitEndsWithoutARingWhenItsTimeIsOver() throws Exception {
        Instant before = time.instant();

        assertThat(signal.await(Duration.ofMillis(2))).isFalse();
        assertThat(Duration.between(before, time.instant())).isPositive();
    }

    @Test
    void anInterruptEndsWaitsAndPausesAndKeepsTheRing() throws Exception {
        signal.raise();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> signal.await(FOREVER)).isInstanceOf(InterruptedException.class);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> time.pause(FOREVER)).isInstanceOf(InterruptedException.class);

        assertThat(signal.await(Duration.ZERO)).isTrue();
    }

    @Test
    void aRingOfOneBellIsNotHeardByAnother() throws Exception {
        signal.raise();

        assertThat(time.signal().await(Duration.ZERO)).isFalse();
    }

    @Test
    void aThreadIsStartedByItsOwner() {
        Thread thread = time.thread(Thread.ofVirtual().name("worker"), () -> {});

        assertThat(thread.getState()).isEqualTo(Thread.State.NEW);
        assertThat(thread.getName()).isEqualTo("worker");
    }
}
