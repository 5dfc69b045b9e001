package dev.comfyrouter.server.http;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;

/// Which version each object has that live pages know: one counter for all, so that newer always is greater.
final class Versions {
    private final AtomicLong newest = new AtomicLong();
    private final ConcurrentMap<String, Long> objects = new ConcurrentHashMap<>();

    long newest() {
        return newest.get();
    }

    long next() {
        return newest.incrementAndGet();
    }

    /// The version of an object, such as `t:<id>`; 0 while no page looks.
    long of(String key) {
        return objects.getOrDefault(key, 0L);
    }

    void set(String key, long version) {
        objects.put(key, version);
    }

    void forget(String key) {
        objects.remove(key);
    }

    void forgetAll() {
        objects.clear();
    }
}
