package dev.comfyrouter.benchmarks;

import java.util.Locale;
import org.HdrHistogram.ConcurrentHistogram;

/// Durations that were measured, up to a minute, to three digits.
final class Samples {
    private final ConcurrentHistogram nanos = new ConcurrentHistogram(1_000, 60_000_000_000L, 3);

    void add(long duration) {
        nanos.recordValue(Math.clamp(duration, 1_000, 60_000_000_000L));
    }

    void reset() {
        nanos.reset();
    }

    long count() {
        return nanos.getTotalCount();
    }

    double milliseconds(double percentile) {
        return nanos.getValueAtPercentile(percentile) / 1e6;
    }

    /// As `1.2 / 9.8 ms`: p50 and p99.
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.2f / %.2f ms", milliseconds(50), milliseconds(99));
    }
}
