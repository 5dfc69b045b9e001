package dev.comfyrouter.server.node;

import dev.comfyrouter.client.ComfyEvent;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The events of one prompt on their way from a node's stream to the task's runner.
///
/// Bounded and never blocking the stream: of previews only the newest is kept, and when the reader is far behind the
/// oldest event goes. Events are hints, so a lost one costs a moment, never a result.
public final class Inbox {
    private static final int CAPACITY = 512;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final ArrayDeque<ComfyEvent> events = new ArrayDeque<>(); // Guarded by `lock`.
    private ComfyEvent.@Nullable Preview preview; // Guarded by `lock`.
    private boolean woken; // Guarded by `lock`.
    private boolean heedsQueue; // Guarded by `lock`.

    /// The next event, or empty when none came within `patience` or somebody called [#wake].
    public Optional<ComfyEvent> poll(Duration patience) throws InterruptedException {
        long left = Math.max(0, patience.toNanos());
        lock.lockInterruptibly();
        try {
            while (events.isEmpty() && preview == null && !woken) {
                if (left <= 0) {
                    return Optional.empty();
                }
                left = arrived.awaitNanos(left);
            }
            if (woken) {
                woken = false;
                return Optional.empty();
            }
            if (!events.isEmpty()) {
                return Optional.of(events.removeFirst());
            }
            ComfyEvent newest = preview;
            preview = null;
            return Optional.ofNullable(newest);
        } finally {
            lock.unlock();
        }
    }

    /// Makes the reader look around: there is news that is no event.
    public void wake() {
        lock.lock();
        try {
            woken = true;
            arrived.signal();
        } finally {
            lock.unlock();
        }
    }

    /// Whether a change of the node's queue makes the reader look around, too: for a prompt whose own events go to
    /// another client id.
    public void heedQueue(boolean heeds) {
        lock.lock();
        try {
            heedsQueue = heeds;
        } finally {
            lock.unlock();
        }
    }

    /// The node's queue has another length.
    void queueChanged() {
        lock.lock();
        try {
            if (heedsQueue) {
                woken = true;
                arrived.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    void add(ComfyEvent event) {
        lock.lock();
        try {
            if (event instanceof ComfyEvent.Preview newest) {
                preview = newest;
            } else {
                if (events.size() == CAPACITY) {
                    events.removeFirst();
                }
                events.addLast(event);
            }
            arrived.signal();
        } finally {
            lock.unlock();
        }
    }
}
