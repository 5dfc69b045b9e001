package dev.comfyrouter.cache;

import java.util.concurrent.atomic.LongAdder;

/// What has happened since the cache was opened.
final class Counters {
    final LongAdder hits = new LongAdder();
    final LongAdder misses = new LongAdder();
    final LongAdder shared = new LongAdder();
    final LongAdder downloadedBytes = new LongAdder();
    final LongAdder resumedBytes = new LongAdder();
    final LongAdder wastedBytes = new LongAdder();
    final LongAdder refetchedBytes = new LongAdder();
    final LongAdder evictions = new LongAdder();
    final LongAdder evictedBytes = new LongAdder();
    final LongAdder quarantined = new LongAdder();
    final LongAdder failures = new LongAdder();
    final LongAdder spaceWaitMillis = new LongAdder();
}
