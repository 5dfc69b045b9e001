package dev.comfyrouter.server;

import dev.comfyrouter.server.time.Signal;
import dev.comfyrouter.server.time.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The machine's time, which a test can make jump ahead: whoever waits beyond that wakes at once.
final class JumpingTime implements Time {
    private final ReentrantLock lock = new ReentrantLock();
    private final Set<Bell> waiting = new HashSet<>(); // Guarded by `lock`.
    private volatile Duration ahead = Duration.ZERO;

    @Override
    public Instant instant() {
        return Instant.now().plus(ahead);
    }

    /// Lets so much time pass at once.
    void jump(Duration length) {
        lock.lock();
        try {
            ahead = ahead.plus(length);
            waiting.forEach(bell -> bell.rung.signalAll());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Signal signal() {
        return new Bell();
    }

    @Override
    public Thread thread(Thread.Builder kind, Runnable life) {
        return kind.unstarted(life);
    }

    private final class Bell implements Signal {
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
            Instant end = instant().plus(longest);
            lock.lockInterruptibly();
            try {
                waiting.add(this);
                for (Duration left = longest; !raised && left.isPositive(); left = Duration.between(instant(), end)) {
                    var unused = rung.awaitNanos(left.toNanos());
                }
                boolean was = raised;
                raised = false;
                return was;
            } finally {
                waiting.remove(this);
                lock.unlock();
            }
        }
    }
}
