package dev.comfyrouter.server.time;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The time of this machine and its ordinary threads.
final class SystemTime implements Time {
    static final SystemTime INSTANCE = new SystemTime();

    private SystemTime() {}

    @Override
    public Instant instant() {
        return Instant.now();
    }

    @Override
    public Signal signal() {
        return new Bell();
    }

    @Override
    public Thread thread(Thread.Builder kind, Runnable life) {
        return kind.unstarted(life);
    }

    private static final class Bell implements Signal {
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition rung = lock.newCondition();
        private boolean raised; // Guarded by `lock`.

        @Override
        public void raise() {
            lock.lock();
            try {
                raised = true;
                rung.signal();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public boolean await(Duration longest) throws InterruptedException {
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
    }
}
