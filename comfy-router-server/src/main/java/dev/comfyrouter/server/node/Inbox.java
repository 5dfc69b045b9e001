package dev.comfyrouter.server.node;

import dev.comfyrouter.client.ComfyEvent;
import dev.comfyrouter.server.time.Signal;
import dev.comfyrouter.server.time.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The events of one prompt on their way from a node's stream to the task's runner.
///
/// Bounded and never blocking the stream: of previews only the newest is kept, and when the reader is far behind the
/// oldest event goes. Events are hints, so a lost one costs a moment, never a result.
public final class Inbox {
    private static final int CAPACITY = 512;

    private final Time time;
    private final Signal arrived;

    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<ComfyEvent> events = new ArrayDeque<>(); // Guarded by `lock`.
    private ComfyEvent.@Nullable Preview preview; // Guarded by `lock`.
    private boolean woken; // Guarded by `lock`.
    private boolean heedsQueue; // Guarded by `lock`.

    Inbox(Time time) {
        this.time = time;
        this.arrived = time.signal();
    }

    /// The next event, or empty when none came within `patience` or somebody called [#wake].
    public Optional<ComfyEvent> poll(Duration patience) throws InterruptedException {
        Instant end = time.instant().plus(patience);
        Duration left = patience;
        while (true) {
            lock.lockInterruptibly();
            try {
                if (woken) {
                    woken = false;
                    return Optional.empty();
                }
                if (!events.isEmpty()) {
                    return Optional.of(events.removeFirst());
                }
                if (preview != null) {
                    ComfyEvent newest = preview;
                    preview = null;
                    return Optional.of(newest);
                }
            } finally {
                lock.unlock();
            }
            if (!left.isPositive()) {
                return Optional.empty();
            }
            left = arrived.await(left) ? Duration.between(time.instant(), end) : Duration.ZERO;
        }
    }

    /// Makes the reader look around: there is news that is no event.
    public void wake() {
        lock.lock();
        try {
            woken = true;
        } finally {
            lock.unlock();
        }
        arrived.raise();
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
        boolean heeded;
        lock.lock();
        try {
            heeded = heedsQueue;
        } finally {
            lock.unlock();
        }
        if (heeded) {
            wake();
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
        } finally {
            lock.unlock();
        }
        arrived.raise();
    }
}
