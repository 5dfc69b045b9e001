package dev.comfyrouter.client;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The bounded hand-over from the connection's thread, which never waits, to the reader of the stream.
///
/// If the reader is too slow, previews that a newer one of the same prompt follows are dropped first. If that is
/// not enough the buffer ends: a gap must not look like silence.
final class EventBuffer {
    private record Entry(ComfyEvent event, int bytes) {}

    private final int maxEvents;
    private final long maxBytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /// Guarded by `lock`.
    private final Deque<Entry> entries = new ArrayDeque<>();

    /// The sum over `entries`. Guarded by `lock`.
    private long bytes;

    /// Why nothing more comes. Guarded by `lock`.
    private Optional<String> end = Optional.empty();

    /// Guarded by `lock`.
    private long dropped;

    EventBuffer(int maxEvents, long maxBytes) {
        this.maxEvents = maxEvents;
        this.maxBytes = maxBytes;
    }

    /// Adds an event unless the buffer has ended, and says whether it goes on.
    boolean add(ComfyEvent event, int size) {
        lock.lock();
        try {
            if (end.isPresent()) {
                return false;
            }
            entries.addLast(new Entry(event, size));
            bytes += size;
            if (isFull()) {
                dropOldPreviews();
            }
            if (isFull()) {
                end = Optional.of("the reader of the event stream is too slow: " + entries.size() + " events of "
                        + bytes + " bytes wait");
            }
            changed.signalAll();
            return end.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /// One event of any size is always taken.
    private boolean isFull() {
        return entries.size() > maxEvents || (bytes > maxBytes && entries.size() > 1);
    }

    private void dropOldPreviews() {
        var newest = new HashSet<Optional<PromptId>>();
        for (Iterator<Entry> backwards = entries.descendingIterator(); backwards.hasNext(); ) {
            Entry entry = backwards.next();
            // A PNG is the output of a SaveImageWebsocket node, which nothing can replace.
            if (entry.event() instanceof ComfyEvent.Preview preview
                    && !preview.contentType().equals("image/png")
                    && !newest.add(preview.promptId())) {
                backwards.remove();
                bytes -= entry.bytes();
                dropped++;
            }
        }
    }

    /// Ends the buffer; the first reason counts. What is in it can still be read.
    void end(String reason) {
        lock.lock();
        try {
            if (end.isEmpty()) {
                end = Optional.of(reason);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean hasEnded() {
        lock.lock();
        try {
            return end.isPresent();
        } finally {
            lock.unlock();
        }
    }

    long dropped() {
        lock.lock();
        try {
            return dropped;
        } finally {
            lock.unlock();
        }
    }

    /// The next event, or empty after the time-out.
    ///
    /// @throws Ended if nothing is left and nothing more will come
    Optional<ComfyEvent> poll(Duration timeout) throws InterruptedException, Ended {
        long nanos = timeout.toNanos();
        lock.lockInterruptibly();
        try {
            while (entries.isEmpty()) {
                if (end.isPresent()) {
                    throw new Ended(end.get());
                }
                if (nanos <= 0) {
                    return Optional.empty();
                }
                nanos = changed.awaitNanos(nanos);
            }
            Entry entry = entries.removeFirst();
            bytes -= entry.bytes();
            return Optional.of(entry.event());
        } finally {
            lock.unlock();
        }
    }

    /// Nothing is left and nothing more will come.
    static final class Ended extends Exception {
        Ended(String reason) {
            super(reason);
        }
    }
}
