package dev.comfyrouter.server.http;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Tells waiting requests that a task has a new event on disk. It carries no event: who hears it looks the task up.
final class Bell {
    private final ConcurrentMap<Long, Set<Ear>> ears = new ConcurrentHashMap<>();

    /// Rings for all who listen to this task; never waits.
    void ring(long task) {
        ears.getOrDefault(task, Set.of()).forEach(Ear::hear);
    }

    /// Wakes everybody, whatever they wait for.
    void ringAll() {
        ears.values().forEach(listening -> listening.forEach(Ear::hear));
    }

    /// Listens from now on. Look at the task after this, so that nothing falls between.
    Ear listen(long task) {
        var ear = new Ear(task);
        ears.compute(task, (number, listening) -> {
            Set<Ear> all = listening == null ? ConcurrentHashMap.newKeySet() : listening;
            all.add(ear);
            return all;
        });
        return ear;
    }

    /// One listener, until closed.
    final class Ear implements AutoCloseable {
        private final long task;
        private final Semaphore heard = new Semaphore(0);

        private Ear(long task) {
            this.task = task;
        }

        private void hear() {
            if (heard.availablePermits() == 0) {
                heard.release(); // two rings while nobody waits are one
            }
        }

        /// Waits for a ring since the last one that was heard.
        boolean await(Duration time) throws InterruptedException {
            boolean rang = heard.tryAcquire(time.toNanos(), TimeUnit.NANOSECONDS);
            boolean rangSince = heard.drainPermits() > 0; // it may have, just after the time was over
            return rang || rangSince;
        }

        @Override
        public void close() {
            ears.computeIfPresent(task, (number, listening) -> {
                listening.remove(this);
                return listening.isEmpty() ? null : listening;
            });
        }
    }
}
