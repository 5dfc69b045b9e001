package dev.comfyrouter.cache;

import java.time.Duration;

/// Puts [CacheStats] together.
final class Statistics {

    private Statistics() {}

    static CacheStats of(Shelf shelf, Counters counters) {
        shelf.lock.lock();
        try {
            var space = shelf.space;
            var leases = 0;
            var leasedBytes = 0L;
            var pinnedBytes = 0L;
            for (var entry : shelf.byUse.values()) {
                leases += entry.leases;
                leasedBytes += entry.leases > 0 ? Space.pages(entry.record.size()) : 0;
                pinnedBytes += entry.record.pinned() ? Space.pages(entry.record.size()) : 0;
            }
            return new CacheStats(
                    space.max,
                    shelf.byUse.size(),
                    space.blobs + space.leaving + space.trash + space.quarantine,
                    space.kept,
                    space.reserved,
                    space.trash,
                    leases,
                    leasedBytes,
                    pinnedBytes,
                    counters.hits.sum(),
                    counters.misses.sum(),
                    counters.shared.sum(),
                    counters.downloadedBytes.sum(),
                    counters.resumedBytes.sum(),
                    counters.wastedBytes.sum(),
                    counters.refetchedBytes.sum(),
                    counters.evictions.sum(),
                    counters.evictedBytes.sum(),
                    counters.quarantined.sum(),
                    counters.failures.sum(),
                    shelf.running.size(),
                    (int) shelf.running.values().stream()
                            .filter(transfer -> transfer.waitsForSpace)
                            .count(),
                    Duration.ofMillis(counters.spaceWaitMillis.sum()));
        } finally {
            shelf.lock.unlock();
        }
    }
}
