package dev.comfyrouter.cache;

import java.nio.file.Path;
import java.time.Instant;
import java.util.TreeMap;

/// A file in the cache with those who hold it. Every field is guarded by the ledger's lock.
final class Entry {

    FileRecord record;
    int leases;

    /// Acquisitions that are not complete yet hold the file against younger ones only: ticket to count.
    final TreeMap<Long, Integer> claims = new TreeMap<>();

    /// No longer in the cache: being evicted, quarantined or removed.
    boolean leaving;

    /// A link to it or its blob could not be removed: it cannot go before somebody has used it again.
    boolean stuck;

    Entry(FileRecord record) {
        this.record = record;
    }

    void claim(long ticket) {
        claims.merge(ticket, 1, Integer::sum);
    }

    void unclaim(long ticket) {
        claims.computeIfPresent(ticket, (key, count) -> count == 1 ? null : count - 1);
    }

    /// @param ticket of the acquisition that needs space
    boolean isEvictableFor(long ticket) {
        return leases == 0
                && !record.pinned()
                && !leaving
                && !stuck
                && (claims.isEmpty() || claims.firstKey() > ticket);
    }

    CachedFile view() {
        return new CachedFile(
                record.sha256(),
                record.name(),
                record.size(),
                record.checked(),
                record.sources().stream().map(FileRecord.Source::url).toList(),
                record.links().stream().map(Path::of).toList(),
                Instant.ofEpochMilli(record.addedMillis()),
                Instant.ofEpochMilli(record.usedMillis()),
                record.uses(),
                leases,
                record.pinned(),
                record.pickle());
    }
}
