package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class MeterTest {

    private final TestClock clock = new TestClock();
    private final Meter meter = new Meter(clock);

    /// Lets bytes come evenly.
    private long arrive(long bytes, int perSecond, int seconds) {
        for (var i = 0; i < seconds * 5; i++) {
            clock.pass(Duration.ofMillis(200));
            bytes += perSecond / 5;
            meter.at(bytes);
        }
        return bytes;
    }

    @Test
    void nothingIsSaidBeforeTwoSamples() {
        meter.at(0);
        assertThat(meter.bytesPerSecond()).isZero();
    }

    @Test
    void aSlowStartIsSoonForgotten() {
        meter.at(0);
        clock.pass(Duration.ofMillis(200));
        meter.at(10); // the connection was only just made
        arrive(10, 1000, 1);
        assertThat(meter.bytesPerSecond()).isBetween(800.0, 1000.0);
    }

    @Test
    void theTimeBeforeBytesComeDoesNotCount() {
        meter.at(0);
        clock.pass(Duration.ofSeconds(30)); // connecting, or waiting for a server that is busy
        meter.resume();
        meter.at(0);
        arrive(0, 1000, 1);
        assertThat(meter.bytesPerSecond()).isCloseTo(1000, within(0.1));
    }

    @Test
    void aChangeOfSpeedIsSeenWithinSeconds() {
        meter.at(0);
        var bytes = arrive(0, 1000, 10);
        assertThat(meter.bytesPerSecond()).isCloseTo(1000, within(1.0));
        arrive(bytes, 100, 3);
        assertThat(meter.bytesPerSecond()).isBetween(100.0, 200.0);
    }

    @Test
    void aFileThatBeginsAnewHasANewSpeed() {
        meter.at(0);
        arrive(0, 1000, 5);
        meter.reset();
        assertThat(meter.bytesPerSecond()).isZero();
        meter.at(0);
        arrive(0, 50, 1);
        assertThat(meter.bytesPerSecond()).isCloseTo(50, within(0.1));
    }
}
