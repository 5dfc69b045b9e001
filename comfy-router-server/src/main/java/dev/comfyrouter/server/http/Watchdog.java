package dev.comfyrouter.server.http;

import dev.comfyrouter.server.time.Stopping;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// The thread that cuts off peers who stop: it interrupts whoever waits too long for a socket, which closes the socket.
///
/// Helidon has no time limit for a body that trickles in or for a reader that stops reading. A virtual thread that is
/// interrupted while it waits for a socket closes that socket.
final class Watchdog implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Watchdog.class.getName());

    private final Set<Guard> guards = ConcurrentHashMap.newKeySet();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Duration round;
    private final Thread thread;

    /// @param round how often it looks
    Watchdog(Duration round) {
        this.round = round;
        this.thread = Thread.ofPlatform().name("http-watchdog").daemon().unstarted(this::run);
        thread.start();
    }

    /// Watches the calling thread from now on: each step may take `patience`.
    Guard watch(Duration patience) {
        var guard = new Guard(Thread.currentThread(), patience);
        guards.add(guard);
        return guard;
    }

    @Override
    public void close() {
        closed.countDown();
        Stopping.await(thread);
    }

    private void run() {
        try {
            while (!closed.await(round.toNanos(), TimeUnit.NANOSECONDS)) {
                long now = System.nanoTime();
                guards.forEach(guard -> guard.look(now));
            }
        } catch (InterruptedException unwanted) {
            LOG.log(
                    Level.ERROR,
                    "the watchdog of the HTTP server was interrupted; slow peers are not cut off any more");
        }
    }

    /// One thread under watch, until closed.
    final class Guard implements AutoCloseable {
        private final Thread watched;
        private final long patience;
        private volatile long deadline;

        private final ReentrantLock lock = new ReentrantLock();
        private boolean over; // Guarded by `lock`.
        private boolean bitten; // Guarded by `lock`.

        private Guard(Thread watched, Duration patience) {
            this.watched = watched;
            this.patience = patience.toNanos();
            progress();
        }

        /// Something moved: the time begins anew.
        void progress() {
            deadline = System.nanoTime() + patience;
        }

        /// Whether this watch has cut its peer off.
        boolean bit() {
            lock.lock();
            try {
                return bitten;
            } finally {
                lock.unlock();
            }
        }

        private void look(long now) {
            if (now - deadline < 0) {
                return;
            }
            lock.lock();
            try {
                if (!over && !bitten) {
                    bitten = true;
                    watched.interrupt();
                }
            } finally {
                lock.unlock();
            }
        }

        /// Ends the watch; an interrupt of its own that nobody has noticed is taken back.
        @Override
        public void close() {
            guards.remove(this);
            lock.lock();
            try {
                over = true;
                if (bitten) {
                    boolean unused = Thread.interrupted();
                }
            } finally {
                lock.unlock();
            }
        }
    }
}
