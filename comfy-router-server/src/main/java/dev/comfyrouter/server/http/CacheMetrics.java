package dev.comfyrouter.server.http;

import dev.comfyrouter.cache.CacheStats;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.ToDoubleFunction;

/// What is measured of the cache. Counters begin anew with the process.
final class CacheMetrics {
    private static final String PREFIX = "comfyrouter.cache.";

    private final MeterRegistry registry;
    private volatile CacheStats stats;

    /// @param first the figures until the first [#look]
    CacheMetrics(MeterRegistry registry, CacheStats first) {
        this.registry = registry;
        stats = first;
        gauge("bytes", "Bytes in the cache", stats -> stats.bytes() + stats.partialBytes());
        gauge("reserved.bytes", "Bytes kept free for running downloads", CacheStats::reservedBytes);
        gauge("limit.bytes", "The most bytes that the cache may hold", CacheStats::maxBytes);
        gauge("files", "Files in the cache", CacheStats::files);
        gauge("leases", "Uses of files by tasks now", CacheStats::leases);
        gauge("pinned.bytes", "Bytes of files that may never go", CacheStats::pinnedBytes);
        gauge(
                "downloads",
                "Downloads that are not waiting for space",
                stats -> stats.running() - stats.waitingForSpace());
        gauge("downloads.waiting", "Downloads that wait for space", CacheStats::waitingForSpace);
        requests("hit", CacheStats::hits);
        requests("miss", CacheStats::misses);
        requests("shared", CacheStats::shared);
        counter("received.bytes", "Bytes that were downloaded", CacheStats::downloadedBytes);
        counter("resumed.bytes", "Bytes that did not have to be fetched again", CacheStats::resumedBytes);
        counter("wasted.bytes", "Bytes that were downloaded and thrown away", CacheStats::wastedBytes);
        counter("refetched.bytes", "Bytes fetched again soon after their eviction", CacheStats::refetchedBytes);
        counter("evictions", "Files that had to go", CacheStats::evictions);
        counter("evicted.bytes", "Bytes of files that had to go", CacheStats::evictedBytes);
        counter("failures", "Downloads that failed", CacheStats::failures);
        counter("quarantined", "Files that were found damaged", CacheStats::quarantined);
        counter(
                "space.wait.seconds",
                "How long downloads have waited for space",
                stats -> stats.spaceWait().toMillis() / 1000.0);
    }

    /// Takes the figures of now.
    void look(CacheStats now) {
        stats = now;
    }

    private void gauge(String name, String description, ToDoubleFunction<CacheStats> figure) {
        Gauge.builder(PREFIX + name, this, self -> figure.applyAsDouble(self.stats))
                .description(description)
                .register(registry);
    }

    private void counter(String name, String description, ToDoubleFunction<CacheStats> figure) {
        FunctionCounter.builder(PREFIX + name, this, self -> figure.applyAsDouble(self.stats))
                .description(description)
                .register(registry);
    }

    private void requests(String outcome, ToDoubleFunction<CacheStats> figure) {
        FunctionCounter.builder(PREFIX + "requests", this, self -> figure.applyAsDouble(self.stats))
                .description("Files that were asked for: there already, downloaded, or being downloaded for another")
                .tag("outcome", outcome)
                .register(registry);
    }
}
