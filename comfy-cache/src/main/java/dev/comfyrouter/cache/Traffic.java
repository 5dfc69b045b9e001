package dev.comfyrouter.cache;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/// What running transfers ask for while they run: turns and space. Thread-safe, under the shelf's lock.
final class Traffic {

    private final Shelf shelf;
    private final ReentrantLock lock;
    private final SpaceQueue queue;
    private final Counters counters;

    // Guarded by `lock`
    private int turns;
    private final Deque<Transfer> inLine = new ArrayDeque<>();

    Traffic(Shelf shelf, SpaceQueue queue, Counters counters, int parallelDownloads) {
        this.shelf = shelf;
        this.lock = shelf.lock;
        this.counters = counters;
        this.queue = queue;
        turns = parallelDownloads;
    }

    /// Waits for one of the places of running downloads, first come, first served.
    void takeTurn(Transfer transfer) throws InterruptedException {
        lock.lock();
        try {
            inLine.add(transfer);
            while (!transfer.stopping && (turns == 0 || inLine.peek() != transfer)) {
                shelf.room.await();
            }
            inLine.remove(transfer);
            shelf.room.signalAll();
            if (transfer.stopping) {
                throw new Stopped();
            }
            turns--;
        } finally {
            lock.unlock();
        }
    }

    void giveTurnBack() {
        lock.lock();
        try {
            turns++;
            shelf.room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Waits for a while, or until the transfer is stopped.
    void pause(Transfer transfer, Duration duration) throws InterruptedException {
        lock.lock();
        try {
            var nanos = duration.toNanos();
            while (!transfer.stopping && nanos > 0) {
                nanos = shelf.room.awaitNanos(nanos);
            }
            if (transfer.stopping) {
                throw new Stopped();
            }
        } finally {
            lock.unlock();
        }
    }

    void failIfStopped(Transfer transfer) {
        lock.lock();
        try {
            if (transfer.stopping) {
                throw new Stopped();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Asks for space for a file of this size; never waits.
    ///
    /// @param diskRoom what the disk may still take
    SpaceQueue.Verdict ask(Transfer transfer, long size, OptionalLong diskRoom) {
        lock.lock();
        try {
            if (transfer.stopping) {
                throw new Stopped();
            }
            return queue.ask(transfer, size, diskRoom);
        } finally {
            lock.unlock();
        }
    }

    /// Waits for a change after [SpaceQueue.Verdict.Wait], or until it is time to look at the disk again.
    @SuppressWarnings("WaitNotInLoop") // whoever wakes too early finds nothing to do and waits again
    void awaitRoom(Transfer transfer, Duration patience) throws InterruptedException {
        lock.lock();
        try {
            var before = shelf.now();
            if (!transfer.stopping && !transfer.mustGiveBack) {
                shelf.room.awaitNanos(patience.toNanos());
            }
            counters.spaceWaitMillis.add(Math.max(0, shelf.now() - before));
        } finally {
            lock.unlock();
        }
    }

    /// Takes the part over that an earlier try left; its bytes count as reserved from now on.
    Optional<Part> takePart(Transfer transfer) {
        lock.lock();
        try {
            var part = shelf.takeKept(transfer.url.key());
            part.ifPresent(some -> queue.hold(transfer, Space.pages(some.length())));
            return part;
        } finally {
            lock.unlock();
        }
    }

    /// Makes room on a disk that is full although the limit is not reached.
    Optional<SpaceQueue.Verdict.Evict> evictForDisk(Transfer transfer, long bytes) {
        lock.lock();
        try {
            return queue.choose(bytes, transfer.ticket());
        } finally {
            lock.unlock();
        }
    }

    /// What has to go so that the cache fits its limit; taken out already.
    List<Entry> overLimit(Set<String> stillUsed) {
        lock.lock();
        try {
            return queue.overLimit(stillUsed);
        } finally {
            lock.unlock();
        }
    }

    /// What was asked to go has been unlinked, parts and quarantine that is.
    void cleared(List<Part> parts, boolean quarantine) {
        lock.lock();
        try {
            parts.forEach(part -> shelf.space.leaving -= Space.pages(part.length()));
            shelf.space.quarantine = quarantine ? 0 : shelf.space.quarantine;
            shelf.room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// The reserved bytes of a transfer lie in quarantine now, in place of what was there before.
    void quarantined(Transfer transfer, long bytes) {
        lock.lock();
        try {
            queue.release(transfer);
            shelf.space.quarantine = Space.pages(bytes);
        } finally {
            lock.unlock();
        }
    }

    /// Gives all reserved space back; the part is gone from the disk.
    void giveBack(Transfer transfer) {
        lock.lock();
        try {
            queue.release(transfer);
        } finally {
            lock.unlock();
        }
    }

    /// Orders transfers to end with an error; the caller breaks off their connections.
    List<Transfer> order(Optional<String> id, DownloadException.Reason reason, String text) {
        lock.lock();
        try {
            var chosen = shelf.running.values().stream()
                    .filter(transfer -> id.map(transfer.id::equals).orElse(true))
                    .toList();
            for (var transfer : chosen) {
                transfer.stopping = true;
                transfer.ordered = Optional.of(new DownloadException.Ended(
                        reason, transfer.url.display(), transfer.url.display() + ": " + text));
            }
            shelf.room.signalAll();
            return chosen;
        } finally {
            lock.unlock();
        }
    }

    List<Transfer> running() {
        lock.lock();
        try {
            return List.copyOf(shelf.running.values());
        } finally {
            lock.unlock();
        }
    }
}
