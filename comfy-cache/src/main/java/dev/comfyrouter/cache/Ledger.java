package dev.comfyrouter.cache;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/// Who holds which file: claims, leases, pins. Thread-safe, under the shelf's lock.
final class Ledger {

    private final Shelf shelf;
    private final ReentrantLock lock;
    private final Counters counters;

    // Guarded by `lock`
    private long nextTicket;

    Ledger(Shelf shelf, Counters counters) {
        this.shelf = shelf;
        this.lock = shelf.lock;
        this.counters = counters;
    }

    /// What an acquirer has to do next.
    sealed interface Step {
        /// Start these transfers and look at the blobs of these slots, then ask again.
        record Work(List<Transfer> start, List<Acquisition.Slot> inspect) implements Step {}

        /// Wait for a change.
        record Wait() implements Step {}

        /// All files are leased, in the order of the slots.
        record Done(List<Held> held) implements Step {}

        /// One file cannot be had.
        record Failed(DownloadException why) implements Step {}
    }

    /// A leased file and its record at that time.
    record Held(Entry entry, FileRecord file) {}

    /// Makes the transfer of a slot.
    @FunctionalInterface
    interface NewTransfer {
        /// Makes it.
        ///
        /// @param known what the server shall compare with
        Transfer of(Acquisition.Slot slot, Optional<FileRecord> known);
    }

    Acquisition begin(List<Acquisition.Slot> slots, boolean background) {
        lock.lock();
        try {
            return new Acquisition(nextTicket++, List.copyOf(slots), background, lock.newCondition());
        } finally {
            lock.unlock();
        }
    }

    /// Brings an acquisition as far as it comes without waiting: claims what is there, joins what runs, begins
    /// what is missing.
    Step step(Acquisition acquisition, NewTransfer newTransfer) {
        lock.lock();
        try {
            var start = new ArrayList<Transfer>();
            var inspect = new ArrayList<Acquisition.Slot>();
            var complete = true;
            for (var slot : acquisition.slots()) {
                if (slot.failure.isPresent()) {
                    complete = false;
                    continue;
                }
                if (slot.claimed.filter(entry -> entry.leaving).isPresent()) {
                    slot.claimed.get().unclaim(acquisition.ticket()); // an older acquisition needed its space
                    slot.claimed = Optional.empty();
                    slot.inspected = false;
                }
                if (slot.claimed.isEmpty() && slot.joined.isEmpty()) {
                    find(acquisition, slot, newTransfer).ifPresent(start::add);
                }
                if (slot.claimed.isPresent() && !slot.inspected) {
                    inspect.add(slot);
                }
                complete &= slot.claimed.isPresent() && slot.inspected;
            }
            if (!start.isEmpty() || !inspect.isEmpty()) {
                return new Step.Work(start, inspect);
            }
            if (complete) {
                return new Step.Done(lease(acquisition));
            }
            return acquisition.slots().stream()
                    .flatMap(slot -> slot.failure.stream())
                    .findFirst()
                    .or(() -> Refusals.tooLarge(acquisition, shelf.space.max))
                    .<Step>map(Step.Failed::new)
                    .orElseGet(Step.Wait::new);
        } finally {
            lock.unlock();
        }
    }

    private Optional<Transfer> find(Acquisition acquisition, Acquisition.Slot slot, NewTransfer newTransfer) {
        var present = slot.request
                .sha256()
                .flatMap(shelf::find)
                .or(() -> shelf.findByKey(slot.url.key()))
                .filter(entry -> slot.accepts(entry.record));
        if (present.isPresent() && (slot.revalidated || isFresh(slot, present.get().record))) {
            present.get().claim(acquisition.ticket());
            slot.claimed = present;
            slot.source = slot.source.or(() -> Optional.of(Lease.Source.HIT));
            return Optional.empty();
        }
        if (shelf.closed.isPresent()) {
            slot.failure = Optional.of(Refusals.closed(shelf.closed.get(), slot.url.display()));
            return Optional.empty();
        }
        var running = shelf.running.get(slot.url.key());
        if (running != null) {
            running.waiters.add(new Transfer.Waiter(acquisition, slot, false));
            slot.joined = Optional.of(running);
            return Optional.empty();
        }
        var made = newTransfer.of(slot, present.map(entry -> entry.record));
        made.waiters.add(new Transfer.Waiter(acquisition, slot, true));
        slot.joined = Optional.of(made);
        shelf.running.put(slot.url.key(), made);
        return Optional.of(made);
    }

    /// What has a hash does not change, so its server is never asked.
    private boolean isFresh(Acquisition.Slot slot, FileRecord file) {
        if (slot.request.maxAge().isEmpty() || slot.request.sha256().isPresent()) {
            return true;
        }
        var checked = file.source(slot.url.key())
                .map(FileRecord.Source::checkedMillis)
                .orElse(0L);
        return shelf.now() - checked < slot.request.maxAge().get().toMillis();
    }

    private List<Held> lease(Acquisition acquisition) {
        var held = new ArrayList<Held>();
        for (var slot : acquisition.slots()) {
            var entry = slot.claimed.orElseThrow();
            entry.unclaim(acquisition.ticket());
            slot.claimed = Optional.empty();
            entry.leases++;
            entry.stuck = false;
            held.add(new Held(entry, entry.record));
            switch (slot.source.orElseThrow()) {
                case HIT -> counters.hits.increment();
                case MISS, RESUMED -> counters.misses.increment();
                case SHARED -> counters.shared.increment();
            }
        }
        return held;
    }

    /// Leases files by their content, all or none, without any download.
    Optional<List<Held>> tryLease(Collection<String> sha256s) {
        lock.lock();
        try {
            var held = new ArrayList<Held>();
            for (var sha256 : sha256s) {
                var entry = shelf.find(sha256);
                if (entry.isEmpty()) {
                    return Optional.empty();
                }
                held.add(new Held(entry.get(), entry.get().record));
            }
            held.forEach(one -> one.entry().leases++);
            return Optional.of(held);
        } finally {
            lock.unlock();
        }
    }

    /// Waits until something has changed for an acquisition, or a time has passed.
    @SuppressWarnings("WaitNotInLoop") // whoever wakes too early finds nothing to do and waits again
    void await(Acquisition acquisition, Duration patience) throws InterruptedException {
        lock.lock();
        try {
            var nothingToDo = acquisition.slots().stream()
                    .allMatch(slot -> slot.failure.isEmpty()
                            && (slot.joined.isPresent()
                                    || slot.claimed
                                            .filter(entry -> !entry.leaving)
                                            .isPresent()));
            if (nothingToDo) {
                acquisition.changed().await(patience.toNanos(), TimeUnit.NANOSECONDS);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Lets go of everything that an acquisition holds or waits for.
    ///
    /// @return transfers that nobody wants any more; the caller breaks them off
    List<Transfer> abandon(Acquisition acquisition) {
        lock.lock();
        try {
            var unwanted = new ArrayList<Transfer>();
            for (var slot : acquisition.slots()) {
                slot.claimed.ifPresent(entry -> entry.unclaim(acquisition.ticket()));
                slot.claimed = Optional.empty();
                if (slot.joined.isPresent()) {
                    var transfer = slot.joined.get();
                    transfer.waiters.removeIf(waiter -> waiter.slot() == slot);
                    if (transfer.waiters.isEmpty() && !transfer.stopping) {
                        transfer.stopping = true;
                        unwanted.add(transfer);
                    }
                    slot.joined = Optional.empty();
                }
            }
            shelf.room.signalAll();
            return unwanted;
        } finally {
            lock.unlock();
        }
    }

    /// When the first of the missing files must be there.
    Optional<Instant> deadline(Acquisition acquisition) {
        lock.lock();
        try {
            return acquisition.deadline();
        } finally {
            lock.unlock();
        }
    }

    /// Why an acquisition is not complete at its deadline.
    DownloadException late(Acquisition acquisition) {
        lock.lock();
        try {
            return Refusals.late(acquisition);
        } finally {
            lock.unlock();
        }
    }

    /// How far each file of an acquisition is.
    List<Progress> progress(Acquisition acquisition) {
        lock.lock();
        try {
            return acquisition.slots().stream().map(Ledger::progress).toList();
        } finally {
            lock.unlock();
        }
    }

    private static Progress progress(Acquisition.Slot slot) {
        return slot.claimed
                .map(entry -> Progress.done(entry.record.size()))
                .or(() -> slot.joined.map(Transfer::progress))
                .orElseGet(() -> Progress.of(Progress.Phase.QUEUED));
    }

    /// The file that a slot has claimed, empty when it has gone meanwhile.
    Optional<Held> claimed(Acquisition.Slot slot) {
        lock.lock();
        try {
            return slot.claimed.filter(entry -> !entry.leaving).map(entry -> new Held(entry, entry.record));
        } finally {
            lock.unlock();
        }
    }

    /// The blob of a slot has been looked at and is fine.
    void inspected(Acquisition.Slot slot, FileRecord.Print print) {
        lock.lock();
        try {
            slot.inspected = true;
            slot.claimed.ifPresent(
                    entry -> shelf.replace(entry, entry.record.printed(print).checkedAs(slot.request.kind())));
        } finally {
            lock.unlock();
        }
    }

    /// A slot's file is not what the slot asks for.
    void fail(Acquisition.Slot slot, DownloadException why) {
        lock.lock();
        try {
            slot.failure = Optional.of(why);
        } finally {
            lock.unlock();
        }
    }

    void release(Entry entry) {
        lock.lock();
        try {
            entry.leases--;
            if (!entry.leaving) {
                shelf.replace(entry, entry.record.used(shelf.newestOrder(), shelf.now()));
            }
            shelf.room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Changes what is recorded about a file.
    ///
    /// @return the note to wait for, empty if the file is not in the cache
    Optional<Long> change(String sha256, Function<FileRecord, FileRecord> rule) {
        lock.lock();
        try {
            var note = shelf.find(sha256).map(entry -> shelf.replace(entry, rule.apply(entry.record)));
            shelf.room.signalAll();
            return note;
        } finally {
            lock.unlock();
        }
    }

    /// What became of an order to take a file out.
    record Ordered(Removal removal, Optional<Entry> taken) {}

    /// Takes a file out at somebody's order, if nobody holds it; the caller unlinks it.
    Ordered takeOut(String sha256) {
        lock.lock();
        try {
            var found = shelf.find(sha256);
            if (found.isEmpty()) {
                return new Ordered(new Removal.Unknown(), Optional.empty());
            }
            var entry = found.get();
            if (entry.leases > 0 || !entry.claims.isEmpty()) {
                return new Ordered(new Removal.Leased(Math.max(1, entry.leases)), Optional.empty());
            }
            if (entry.record.pinned()) {
                return new Ordered(new Removal.Pinned(), Optional.empty());
            }
            shelf.leave(entry);
            return new Ordered(new Removal.Removed(entry.record.size()), found);
        } finally {
            lock.unlock();
        }
    }

    /// Takes a damaged file out, whoever holds it.
    ///
    /// @return false if it is on its way out already
    boolean condemn(Entry entry) {
        lock.lock();
        try {
            if (entry.leaving) {
                return false;
            }
            shelf.leave(entry);
            return true;
        } finally {
            lock.unlock();
        }
    }

    Optional<CachedFile> view(String sha256) {
        lock.lock();
        try {
            return shelf.find(sha256).map(Entry::view);
        } finally {
            lock.unlock();
        }
    }

    /// All files in the order of eviction.
    List<CachedFile> list() {
        lock.lock();
        try {
            return shelf.byUse.values().stream().map(Entry::view).toList();
        } finally {
            lock.unlock();
        }
    }
}
