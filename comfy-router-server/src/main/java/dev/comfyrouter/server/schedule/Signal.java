package dev.comfyrouter.server.schedule;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// A bell for one waiting thread; a ring while nobody waits is kept, any number of rings count as one.
final class Signal {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition rung = lock.newCondition();
    private boolean raised; // Guarded by `lock`.

    void raise() {
        lock.lock();
        try {
            raised = true;
            rung.signal();
        } finally {
            lock.unlock();
        }
    }

    /// Waits for a ring, at most this long, and takes it.
    boolean await(Duration longest) throws InterruptedException {
        long left = longest.toNanos();
        lock.lockInterruptibly();
        try {
            while (!raised && left > 0) {
                left = rung.awaitNanos(left);
            }
            boolean was = raised;
            raised = false;
            return was;
        } finally {
            lock.unlock();
        }
    }

    /// Waits for time to pass; an interrupt ends it.
    static void pause(Duration time) throws InterruptedException {
        var unused = new Signal().await(time); // nobody rings
    }
}
