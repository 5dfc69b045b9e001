package dev.comfyrouter.cache;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/// What running transfers ask for: turns, space, the right to put a blob in place, an end. Thread-safe, under
/// the shelf's lock.
final class Traffic {

    private final Shelf shelf;
    private final ReentrantLock lock;
    private final SpaceQueue queue;
    private final Counters counters;
    private final DownloadBoard board;

    // Guarded by `lock`
    private int turns;
    private final Deque<Transfer> inLine = new ArrayDeque<>();

    Traffic(Shelf shelf, Counters counters, int parallelDownloads, DownloadBoard board) {
        this.shelf = shelf;
        this.lock = shelf.lock;
        this.counters = counters;
        this.board = board;
        queue = new SpaceQueue(shelf);
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

    /// Claims the right to put a blob in place, once nobody else works on it.
    ///
    /// @return the file that has the content already; then there is nothing to put
    Optional<FileRecord> beginPublishing(Transfer transfer, String sha256) throws InterruptedException {
        lock.lock();
        try {
            while (shelf.busy.contains(sha256)) {
                if (transfer.stopping) {
                    throw new Stopped();
                }
                shelf.room.await();
            }
            var present = shelf.find(sha256);
            if (present.isEmpty()) {
                shelf.busy.add(sha256);
            } else {
                present.get().claim(-1); // holds it against everybody until the transfer has ended
            }
            return present.map(entry -> entry.record);
        } finally {
            lock.unlock();
        }
    }

    long newestOrder() {
        lock.lock();
        try {
            return shelf.newestOrder();
        } finally {
            lock.unlock();
        }
    }

    void publishingFailed(String sha256) {
        lock.lock();
        try {
            shelf.busy.remove(sha256);
            shelf.room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// A new blob is in place: everybody who waits gets it.
    void published(Transfer transfer, FileRecord file, FileRecord.Source source, boolean resumed) {
        lock.lock();
        try {
            shelf.busy.remove(file.sha256());
            queue.release(transfer);
            var entry = new Entry(file);
            shelf.enter(entry);
            shelf.source(entry, source);
            board.done(transfer, file.size());
            deliver(transfer, entry, resumed, false);
        } finally {
            lock.unlock();
        }
    }

    /// The content was in the cache already, from another URL or an earlier time; the part is gone from the
    /// disk.
    ///
    /// @return false when the file has gone meanwhile
    boolean merged(Transfer transfer, String sha256, FileRecord.Source source) {
        lock.lock();
        try {
            queue.release(transfer);
            var entry = shelf.find(sha256);
            entry.ifPresent(some -> {
                some.unclaim(-1);
                shelf.source(some, source);
                board.done(transfer, some.record.size());
                deliver(transfer, some, false, false);
            });
            return entry.isPresent();
        } finally {
            lock.unlock();
        }
    }

    /// The server says that the known file is still right, or cannot be asked.
    ///
    /// @param stale whether it could not be asked
    /// @return false when the file has gone meanwhile
    boolean confirmed(Transfer transfer, FileRecord known, boolean stale) {
        lock.lock();
        try {
            var entry = shelf.find(known.sha256());
            if (entry.isEmpty()) {
                return false;
            }
            var source = known.source(transfer.url.key());
            if (!stale && source.isPresent()) {
                var old = source.get();
                shelf.source(
                        entry.get(),
                        new FileRecord.Source(old.key(), old.url(), old.name(), old.validators(), shelf.now()));
            }
            deliver(transfer, entry.get(), false, stale);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void deliver(Transfer transfer, Entry entry, boolean resumed, boolean stale) {
        for (var waiter : transfer.waiters) {
            var slot = waiter.slot();
            slot.joined = Optional.empty();
            slot.revalidated = true;
            if (slot.accepts(entry.record)) {
                entry.claim(waiter.acquisition().ticket());
                slot.claimed = Optional.of(entry);
                slot.stale = stale;
                slot.source = Optional.of(
                        !waiter.starter() ? Lease.Source.SHARED : resumed ? Lease.Source.RESUMED : Lease.Source.MISS);
            }
            waiter.acquisition().changed().signalAll();
        }
        end(transfer);
    }

    /// Ends a transfer that found out that it cannot succeed. Who asked for something else than its starter
    /// tries by itself.
    void failed(Transfer transfer, DownloadException why, Optional<Part> part) {
        lock.lock();
        try {
            queue.release(transfer);
            part.ifPresent(shelf::keep);
            if (!(why instanceof DownloadException.Ended)) { // somebody wanted that
                counters.failures.increment();
            }
            for (var waiter : transfer.waiters) {
                var slot = waiter.slot();
                slot.joined = Optional.empty();
                if (waiter.starter()
                        || slot.asksAs(transfer.request)
                        || !(why instanceof DownloadException.WrongContent)) {
                    slot.failure = Optional.of(why);
                }
                waiter.acquisition().changed().signalAll();
            }
            board.failed(transfer, why);
            end(transfer);
        } finally {
            lock.unlock();
        }
    }

    /// Ends a transfer that was stopped; its part is kept for the next one. Who joined too late begins anew.
    void stopped(Transfer transfer, Optional<Part> part) {
        lock.lock();
        try {
            var ordered = transfer.ordered;
            if (ordered.isPresent()) {
                failed(transfer, ordered.get(), part);
                return;
            }
            queue.release(transfer);
            part.ifPresent(shelf::keep);
            for (var waiter : transfer.waiters) {
                waiter.slot().joined = Optional.empty();
                waiter.acquisition().changed().signalAll();
            }
            end(transfer);
        } finally {
            lock.unlock();
        }
    }

    private void end(Transfer transfer) {
        transfer.waiters.clear();
        shelf.running.remove(transfer.url.key(), transfer);
        shelf.room.signalAll();
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
