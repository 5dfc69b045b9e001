package dev.comfyrouter.cache;

import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// How transfers end: with a file that those who wait get, or without. Thread-safe, under the shelf's lock.
final class Outcomes {

    private final Shelf shelf;
    private final ReentrantLock lock;
    private final SpaceQueue queue;
    private final Counters counters;
    private final DownloadBoard board;

    Outcomes(Shelf shelf, SpaceQueue queue, Counters counters, DownloadBoard board) {
        this.shelf = shelf;
        this.lock = shelf.lock;
        this.queue = queue;
        this.counters = counters;
        this.board = board;
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
}
