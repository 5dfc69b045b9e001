package dev.comfyrouter.cache;

import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;

/// All that the cache knows in memory, with its one lock.
///
/// Every field and method needs the lock held, unless it says otherwise. Nothing here touches disk or network:
/// what has to be done there is returned to the caller, who does it after the unlock.
final class Shelf {

    final ReentrantLock lock = new ReentrantLock();

    /// Signalled when space, a turn to download, or the end of somebody else's work on a blob may have come.
    final Condition room = lock.newCondition();

    // Guarded by `lock`
    final Map<String, Entry> bySha256 = new HashMap<>();
    final Map<String, String> sha256ByKey = new HashMap<>();
    final TreeMap<Long, Entry> byUse = new TreeMap<>();
    final Map<String, Transfer> running = new HashMap<>();
    final Map<String, Part> kept = new LinkedHashMap<>();
    /// Blobs that somebody is unlinking or putting in place now.
    final Set<String> busy = new HashSet<>();
    final Space space;
    Optional<DownloadException.Reason> closed = Optional.empty();
    private long nextOrder;

    private final InstantSource clock;
    private final Journal journal;

    /// @param journal made with the function that lists all records, which takes the lock itself
    Shelf(InstantSource clock, long maxBytes, Function<Supplier<Collection<FileRecord>>, Journal> journal) {
        this.clock = clock;
        space = new Space(maxBytes);
        this.journal = journal.apply(this::records);
    }

    /// Needs no lock.
    Journal journal() {
        return journal;
    }

    /// Takes the lock itself.
    Collection<FileRecord> records() {
        lock.lock();
        try {
            return byUse.values().stream().map(entry -> entry.record).toList();
        } finally {
            lock.unlock();
        }
    }

    /// Takes the lock itself.
    FileRecord recordOf(Entry entry) {
        lock.lock();
        try {
            return entry.record;
        } finally {
            lock.unlock();
        }
    }

    /// Takes the lock itself.
    List<Ledger.Held> held() {
        lock.lock();
        try {
            return byUse.values().stream()
                    .map(entry -> new Ledger.Held(entry, entry.record))
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /// From now on misses fail with this reason. Takes the lock itself.
    void shut(DownloadException.Reason reason) {
        lock.lock();
        try {
            closed = Optional.of(reason);
        } finally {
            lock.unlock();
        }
    }

    long now() {
        return clock.millis();
    }

    /// A place behind all others in the order of eviction.
    long newestOrder() {
        return nextOrder++;
    }

    Optional<Entry> find(String sha256) {
        return Optional.ofNullable(bySha256.get(sha256));
    }

    Optional<Entry> findByKey(String key) {
        return Optional.ofNullable(sha256ByKey.get(key)).flatMap(this::find);
    }

    /// Takes a file in that was found on disk; two with the same place in the order get neighbouring ones.
    void found(FileRecord file) {
        var order = Math.max(file.order(), byUse.isEmpty() ? 0 : byUse.lastKey() + 1);
        enter(new Entry(file.ordered(order)));
    }

    void enter(Entry entry) {
        var file = entry.record;
        entry.leaving = false;
        bySha256.put(file.sha256(), entry);
        byUse.put(file.order(), entry);
        file.sources().forEach(source -> sha256ByKey.put(source.key(), file.sha256()));
        space.blobs += Space.pages(file.size());
        nextOrder = Math.max(nextOrder, file.order() + 1);
    }

    /// Takes a file out; its bytes count until [#left] or [#stays].
    void leave(Entry entry) {
        var file = entry.record;
        entry.leaving = true;
        busy.add(file.sha256());
        bySha256.remove(file.sha256());
        byUse.remove(file.order());
        file.sources().forEach(source -> sha256ByKey.remove(source.key(), file.sha256()));
        space.blobs -= Space.pages(file.size());
        space.leaving += Space.pages(file.size());
    }

    void left(Entry entry) {
        busy.remove(entry.record.sha256());
        space.leaving -= Space.pages(entry.record.size());
        room.signalAll();
    }

    /// A file that was taken out could not be unlinked: it is back, and cannot go again before somebody has
    /// used it.
    void stays(Entry entry, List<String> links) {
        busy.remove(entry.record.sha256());
        space.leaving -= Space.pages(entry.record.size());
        entry.stuck = true;
        entry.record = entry.record.linkedOnly(links);
        enter(entry);
        journal.note(entry.record.sha256(), Optional.of(entry.record));
        room.signalAll();
    }

    /// Changes the record of a file.
    ///
    /// @return the note to wait for, 0 when nothing has changed
    long replace(Entry entry, FileRecord now) {
        if (now.equals(entry.record)) {
            return 0;
        }
        if (!entry.leaving) {
            byUse.remove(entry.record.order());
            byUse.put(now.order(), entry);
        }
        entry.record = now;
        return entry.leaving ? 0 : journal.note(now.sha256(), Optional.of(now));
    }

    /// Says that a URL leads to a file now, and no longer to the one that it led to before.
    long source(Entry entry, FileRecord.Source source) {
        var before = sha256ByKey.put(source.key(), entry.record.sha256());
        if (before != null && !before.equals(entry.record.sha256())) {
            find(before).ifPresent(old -> replace(old, old.record.without(source.key())));
        }
        return replace(entry, entry.record.from(source));
    }

    void keep(Part part) {
        kept.put(part.key(), part);
        space.kept += Space.pages(part.length());
    }

    /// Takes a part back into use.
    ///
    /// @return the part that is kept for a URL, no longer counted as kept
    Optional<Part> takeKept(String key) {
        var part = Optional.ofNullable(kept.remove(key));
        part.ifPresent(some -> space.kept -= Space.pages(some.length()));
        return part;
    }
}
