package dev.comfyrouter.cache;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The threads that a cache has started for downloads.
final class Crew {

    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

    void run(String name, Runnable work) {
        var thread = Thread.ofVirtual().name(name).unstarted(() -> {
            try {
                work.run();
            } finally {
                threads.remove(Thread.currentThread());
            }
        });
        threads.add(thread);
        thread.start();
    }

    /// Waits for their ends, which somebody has ordered; who is not done in time is interrupted.
    void join(Duration patience) {
        var end = System.nanoTime() + patience.toNanos();
        try {
            for (var thread : threads) {
                if (!thread.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())))) {
                    thread.interrupt();
                }
            }
        } catch (InterruptedException e) {
            threads.forEach(Thread::interrupt);
            Thread.currentThread().interrupt();
        }
    }
}
