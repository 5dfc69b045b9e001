package dev.comfyrouter.server.schedule;

import dev.comfyrouter.server.time.Signal;
import dev.comfyrouter.server.time.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.PriorityQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A time that moves from step to step: one thread moves at a time, and the seed decides the order of what happens
/// at the same moment. A run with the same seed is the same run.
///
/// The threads of the simulated router ("strands") give control back when they wait; the thread of the simulation
/// then takes the next step. A strand that is interrupted ends freely, beside the others, and schedules nothing.
final class SimulatedTime implements Time {
    private static final long STUCK_SECONDS = 60;
    private static final Duration HOP = Duration.ofNanos(1000);

    private final long seed;
    private static final ThreadLocal<Strand> STRANDS = new ThreadLocal<>();
    private final Semaphore control = new Semaphore(0);

    private final ReentrantLock lock = new ReentrantLock();
    private final PriorityQueue<Step> steps = new PriorityQueue<>(); // Guarded by `lock`.
    private Instant now = Instant.parse("2026-11-24T12:00:00Z"); // Guarded by `lock`.
    private long sequence; // Guarded by `lock`.

    SimulatedTime(long seed) {
        this.seed = seed;
    }

    /// Something that will happen.
    private static final class Step implements Comparable<Step> {
        private final Instant at;
        private final long tie;
        private final long number;
        private final Runnable deed;
        private volatile boolean dropped;

        Step(Instant at, long tie, long number, Runnable deed) {
            this.at = at;
            this.tie = tie;
            this.number = number;
            this.deed = deed;
        }

        @Override
        public int compareTo(Step other) {
            int byTime = at.compareTo(other.at);
            int byTie = byTime != 0 ? byTime : Long.compare(tie, other.tie);
            return byTie != 0 ? byTie : Long.compare(number, other.number);
        }
    }

    @Override
    public Instant instant() {
        lock.lock();
        try {
            return now;
        } finally {
            lock.unlock();
        }
    }

    /// Lets something happen on the simulation's own thread.
    void after(Duration delay, Runnable deed) {
        var unused = schedule(delay, deed);
    }

    /// Takes the next step; false when nothing is left to happen.
    boolean step() throws InterruptedException {
        Step next;
        lock.lock();
        try {
            next = steps.poll();
            if (next == null) {
                return false;
            }
            if (next.dropped) {
                return true;
            }
            now = next.at;
        } finally {
            lock.unlock();
        }
        next.deed.run();
        return true;
    }

    @Override
    public Signal signal() {
        return new Bell();
    }

    @Override
    public Thread thread(Thread.Builder kind, Runnable life) {
        Strand strand = new Strand();
        Thread thread = kind.unstarted(() -> strand.live(life));
        strand.thread = thread;
        if (thread.getName().startsWith("node-events-")) {
            return Thread.ofVirtual().unstarted(() -> {}); // the simulation plays the event streams itself
        }
        var unused = schedule(Duration.ZERO, strand::resume);
        return thread;
    }

    private Step schedule(Duration delay, Runnable deed) {
        lock.lock();
        try {
            long number = sequence++;
            Step step = new Step(now.plus(delay), mixed(number), number, deed);
            steps.add(step);
            return step;
        } finally {
            lock.unlock();
        }
    }

    private long mixed(long number) {
        long mixed = (seed ^ number) * 0x9E3779B97F4A7C15L;
        return (mixed ^ (mixed >>> 29)) * 0xBF58476D1CE4E5B9L;
    }

    /// A thread of the simulated router.
    private final class Strand {
        private final Semaphore turn = new Semaphore(0);
        private volatile @Nullable Thread thread;
        private volatile boolean over;

        /// On the simulation's thread: lets the strand move until it waits again.
        void resume() {
            if (over) {
                return;
            }
            turn.release();
            try {
                if (!control.tryAcquire(STUCK_SECONDS, TimeUnit.SECONDS)) {
                    throw new IllegalStateException(
                            "a thread waits for something outside the simulated time: " + thread);
                }
            } catch (InterruptedException stopped) {
                throw new IllegalStateException(stopped);
            }
        }

        void live(Runnable life) {
            STRANDS.set(this);
            try {
                turn.acquire();
                life.run();
            } catch (InterruptedException beforeItsFirstStep) {
                over = true;
                return;
            }
            if (!over) {
                over = true;
                control.release();
            }
        }

        void park() throws InterruptedException {
            control.release();
            try {
                turn.acquire();
            } catch (InterruptedException stopped) {
                over = true;
                throw stopped;
            }
        }
    }

    private final class Bell implements Signal {
        private boolean raised; // Guarded by `lock`, as are the fields below.
        private @Nullable Strand waiter;
        private @Nullable Step wake;

        @Override
        public void raise() {
            Strand caller = STRANDS.get();
            if (caller != null && caller.over) {
                return; // of a router that has stopped
            }
            lock.lock();
            try {
                raised = true;
                if (waiter != null && wake == null) {
                    wake = schedule(HOP, waiter::resume);
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public boolean await(Duration longest) throws InterruptedException {
            Strand caller = STRANDS.get();
            if (caller == null) {
                throw new IllegalStateException("only the simulated router's threads may wait");
            }
            if (caller.over || Thread.interrupted()) {
                throw new InterruptedException();
            }
            Step end;
            lock.lock();
            try {
                if (raised || !longest.isPositive()) {
                    boolean was = raised;
                    raised = false;
                    return was;
                }
                waiter = caller;
                end = schedule(longest, caller::resume);
            } finally {
                lock.unlock();
            }
            try {
                caller.park();
            } finally {
                lock.lock();
                try {
                    waiter = null;
                    end.dropped = true;
                    if (wake != null) {
                        wake.dropped = true;
                        wake = null;
                    }
                } finally {
                    lock.unlock();
                }
            }
            lock.lock();
            try {
                boolean was = raised;
                raised = false;
                return was;
            } finally {
                lock.unlock();
            }
        }
    }
}
