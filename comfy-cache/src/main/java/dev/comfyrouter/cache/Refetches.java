package dev.comfyrouter.cache;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/// Notices when the cache fetches again and again what it has just evicted: the files in use are larger than
/// the limit.
final class Refetches {

    private static final Logger LOG = System.getLogger(Refetches.class.getName());
    private static final int REMEMBERED = 512;

    private final long maxBytes;
    private final Counters counters;
    private final ReentrantLock lock = new ReentrantLock();

    // Guarded by `lock`
    private final LinkedHashMap<String, Long> evicted = new LinkedHashMap<>();
    private final Map<String, Long> refetched = new HashMap<>();
    private boolean warned;

    Refetches(long maxBytes, Counters counters) {
        this.maxBytes = maxBytes;
        this.counters = counters;
    }

    void evicted(FileRecord file) {
        lock.lock();
        try {
            file.sources().forEach(source -> evicted.put(source.key(), file.size()));
            while (evicted.size() > REMEMBERED) {
                evicted.pollFirstEntry();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Warns once, when as many bytes have been fetched again as the cache holds.
    void fetched(String key) {
        var total = 0L;
        var files = 0;
        lock.lock();
        try {
            var size = evicted.remove(key);
            if (size == null) {
                return;
            }
            counters.refetchedBytes.add(size);
            refetched.merge(key, size, Long::sum);
            total = refetched.values().stream().mapToLong(Long::longValue).sum();
            files = refetched.size();
            if (warned || total < maxBytes) {
                return;
            }
            warned = true;
            refetched.clear();
        } finally {
            lock.unlock();
        }
        LOG.log(
                Level.WARNING,
                "The cache is too small for what is used: {0} bytes of {1} files had to be fetched again after they were evicted;"
                        + " its limit is {2} bytes",
                total,
                files,
                maxBytes);
    }
}
