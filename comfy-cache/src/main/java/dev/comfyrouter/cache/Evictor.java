package dev.comfyrouter.cache;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;

/// Unlinks what has been taken out of the cache: first the links, then the record, then the blob, so that
/// ComfyUI never lists a link that leads nowhere. Readers that have the blob open or mapped keep it.
final class Evictor {

    private static final Logger LOG = System.getLogger(Evictor.class.getName());

    private final Shelf shelf;
    private final Traffic traffic;
    private final Blobs blobs;
    private final Links links;
    private final Counters counters;
    private final Refetches refetches;
    private final boolean networkDisk;

    Evictor(
            Shelf shelf,
            Traffic traffic,
            Blobs blobs,
            Links links,
            Counters counters,
            Refetches refetches,
            boolean networkDisk) {
        this.shelf = shelf;
        this.traffic = traffic;
        this.blobs = blobs;
        this.links = links;
        this.counters = counters;
        this.refetches = refetches;
        this.networkDisk = networkDisk;
    }

    void carryOut(SpaceQueue.Verdict.Evict verdict) throws IOException {
        if (verdict.quarantine()) {
            blobs.emptyQuarantine();
        }
        for (var part : verdict.parts()) {
            part.delete();
        }
        traffic.cleared(verdict.parts(), verdict.quarantine());
        verdict.entries().forEach(entry -> evict(entry, "space is needed"));
    }

    /// Unlinks a file that has been taken out for want of space.
    ///
    /// @return whether it is gone; else it is back in the cache
    boolean evict(Entry entry, String why) {
        var file = shelf.recordOf(entry);
        var gone = remove(entry, why);
        if (gone) {
            counters.evictions.increment();
            counters.evictedBytes.add(file.size());
            refetches.evicted(file);
        }
        return gone;
    }

    /// Unlinks a file that has been taken out, because somebody wants it to go.
    ///
    /// @return whether it is gone; else it is back in the cache
    boolean remove(Entry entry, String why) {
        var file = shelf.recordOf(entry);
        var left = links.remove(file);
        if (!left.isEmpty()) {
            back(entry, left);
            return false;
        }
        noteGone(file);
        try {
            if (networkDisk) {
                blobs.trash(file.sha256(), shelf.now());
            } else {
                blobs.delete(file.sha256());
            }
        } catch (IOException e) {
            LOG.log(Level.WARNING, "{0} cannot be removed from the cache: {1}", file.sha256(), e.toString());
            back(entry, List.of());
            return false;
        }
        gone(entry, networkDisk);
        LOG.log(
                Level.INFO,
                "Removed {0} ({1} bytes, {2}) from the cache: {3}",
                file.name(),
                file.size(),
                file.sha256(),
                why);
        return true;
    }

    /// Puts a damaged file aside.
    void quarantine(Entry entry, String why) throws IOException {
        var file = shelf.recordOf(entry);
        LOG.log(Level.WARNING, "{0} ({1}) is damaged and no longer served: {2}", file.name(), file.sha256(), why);
        counters.quarantined.increment();
        links.remove(file);
        noteGone(file);
        try {
            blobs.quarantine(file.sha256());
        } finally {
            gone(entry, false);
            setAside();
        }
    }

    /// Unlinks what has been in the trash for long enough.
    void emptyTrash(long olderThanMillis) throws IOException {
        for (var trashed : blobs.trashed()) {
            if (trashed.sinceMillis() <= olderThanMillis) {
                blobs.unlink(trashed);
            }
        }
        setAside();
    }

    /// Counts trash and quarantine anew.
    void setAside() throws IOException {
        var trash = blobs.trashed().stream()
                .mapToLong(trashed -> Space.pages(trashed.size()))
                .sum();
        var quarantine = blobs.quarantinedBytes();
        shelf.lock.lock();
        try {
            shelf.space.trash = trash;
            shelf.space.quarantine = quarantine;
            shelf.room.signalAll();
        } finally {
            shelf.lock.unlock();
        }
    }

    /// A record that outlives its blob does no harm, so nothing is lost when this is interrupted or the disk
    /// takes no record.
    private void noteGone(FileRecord file) {
        var note = shelf.journal().note(file.sha256(), Optional.empty());
        try {
            shelf.journal().await(note);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void gone(Entry entry, boolean trashed) {
        shelf.lock.lock();
        try {
            shelf.left(entry);
            shelf.space.trash += trashed ? Space.pages(entry.record.size()) : 0;
        } finally {
            shelf.lock.unlock();
        }
    }

    private void back(Entry entry, List<String> left) {
        shelf.lock.lock();
        try {
            shelf.stays(entry, left);
        } finally {
            shelf.lock.unlock();
        }
    }
}
