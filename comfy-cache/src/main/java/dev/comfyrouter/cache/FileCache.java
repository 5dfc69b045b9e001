package dev.comfyrouter.cache;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Semaphore;

/// A bounded folder of files that are named by URL: fetched once, verified, leased, and evicted when space is
/// needed, the least recently used first.
///
/// ```java
/// try (var cache = FileCache.open(CacheSettings.builder(folder, record).linkRoot(models).build());
/// var leases = cache.acquire(List.of(DownloadRequest.of(url, FileKind.MODEL)), ProgressListener.NONE)) {
///     leases.get(0).link(models.resolve("checkpoints"));
///     // ComfyUI may load the file until the lease is closed
/// }
/// ```
///
/// Thread-safe. Every method may be called from a virtual thread; those that can take long say so by
/// `InterruptedException`.
public final class FileCache implements AutoCloseable {

    private static final Logger LOG = System.getLogger(FileCache.class.getName());
    private static final Duration TICK = Duration.ofMillis(100);
    private static final Duration SLOW_TICK = Duration.ofSeconds(1);
    private static final int PREFETCHES = 256;
    private static final Duration CLOSING = Duration.ofSeconds(4);

    private final CacheSettings settings;
    private final Opened opened;
    private final Shelf shelf;
    private final Ledger ledger;
    private final Traffic traffic;
    private final Equipment equipment;
    private final Inspector inspector;
    private final Lease.Owner owner = new LeaseOwner();
    private final Semaphore prefetches = new Semaphore(PREFETCHES);
    private final Crew crew = new Crew();

    private FileCache(CacheSettings settings, Opened opened) {
        this.settings = settings;
        this.opened = opened;
        shelf = opened.shelf();
        ledger = opened.ledger();
        equipment = opened.equipment();
        traffic = equipment.traffic();
        inspector = new Inspector(ledger, equipment);
    }

    /// Opens a cache: takes the folder's lock, reads the record, compares it with the files, removes links that
    /// lead nowhere and evicts what is over the limit.
    ///
    /// @throws CacheUnusable if the folder is in use, unsafe, of a newer version, or cannot be read
    public static FileCache open(CacheSettings settings) {
        return open(settings, Set.of());
    }

    /// Opens a cache as [#open(CacheSettings)] does, but evicts none of these files, even when the limit is
    /// lower than before: their users were interrupted, and lease them again by [#tryLease] before they acquire
    /// anything.
    ///
    /// @param stillUsed ids of files; those that are not there are of no account
    public static FileCache open(CacheSettings settings, Set<String> stillUsed) {
        return new FileCache(settings, Opened.open(settings, stillUsed));
    }

    /// Makes files present and leases them, all or none.
    ///
    /// Blocks until the last of them is there. Files that others are fetching already are waited for, not
    /// fetched again. Interrupting the thread ends only its own wait; a download that nobody waits for any more
    /// stops, and what has arrived is kept for the next time.
    ///
    /// @param requests one or more; the same file may be named twice
    /// @param listener told on this thread, at most ten times a second
    /// @return the leases, in the order of the requests
    /// @throws DownloadException if one of the files cannot be had
    public Leases acquire(List<DownloadRequest> requests, ProgressListener listener) throws InterruptedException {
        return acquire(requests, listener, false);
    }

    /// Leases files that are in the cache, all or none, without a download.
    ///
    /// @param sha256s ids of files
    /// @return empty if one of them is not there
    public Optional<Leases> tryLease(Collection<String> sha256s) {
        return ledger.tryLease(sha256s)
                .map(held -> new Leases(held.stream()
                        .map(one -> new Lease(
                                owner,
                                one.entry(),
                                one.file(),
                                one.file().name(),
                                one.file().sources().stream()
                                        .map(FileRecord.Source::url)
                                        .findFirst()
                                        .orElse(""),
                                Lease.Source.HIT,
                                false))
                        .toList()));
    }

    /// Fetches a file that nobody waits for, and links it where [DownloadRequest#directory()] says. Returns at
    /// once; [#downloads()] shows how far it is.
    ///
    /// @return false if 256 such files are being fetched already
    /// @throws DownloadException.Forbidden if the URL is none that is fetched here
    /// @throws LinkException if the directory is not inside one of the link roots
    public boolean tryPrefetch(DownloadRequest request) {
        Redirects.start(request.url());
        request.directory().ifPresent(opened.links()::refuseOutside);
        var room = prefetches.tryAcquire();
        if (room) {
            prefetch(request);
        }
        return room;
    }

    private void prefetch(DownloadRequest request) {
        crew.run("comfy-cache-prefetch", () -> {
            try (var leases = acquire(List.of(request), ProgressListener.NONE, true)) {
                if (request.directory().isPresent()) {
                    leases.get(0).link(request.directory().get());
                }
            } catch (DownloadException e) {
                LOG.log(Level.DEBUG, "Not prefetched: {0}", e.getMessage()); // the failure is listed
            } catch (LinkException e) {
                LOG.log(Level.WARNING, "Prefetched, but not linked: {0}", e.getMessage());
            } catch (InterruptedException e) {
                // the cache is being closed
            } finally {
                prefetches.release();
            }
        });
    }

    private Leases acquire(List<DownloadRequest> requests, ProgressListener listener, boolean background)
            throws InterruptedException {
        if (requests.isEmpty()) {
            throw new IllegalArgumentException("nothing to acquire");
        }
        var slots = requests.stream()
                .map(request -> new Acquisition.Slot(
                        request, UrlIdentity.of(Redirects.start(request.url()), settings.secretParameters)))
                .toList();
        var acquisition = ledger.begin(slots, background);
        var done = false;
        try {
            while (true) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                switch (ledger.step(acquisition, this::newTransfer)) {
                    case Ledger.Step.Work(var start, var inspect) -> {
                        start.forEach(transfer -> crew.run("comfy-cache-fetch", new Fetch(equipment, transfer)));
                        for (var slot : inspect) {
                            inspector.inspect(slot);
                        }
                    }
                    case Ledger.Step.Wait() -> waitFor(acquisition, listener);
                    case Ledger.Step.Done(var held) -> {
                        done = true;
                        return deliver(slots, held, listener);
                    }
                    case Ledger.Step.Failed(var why) -> throw why;
                }
            }
        } finally {
            if (!done) {
                ledger.abandon(acquisition).forEach(transfer -> transfer.call.stop());
            }
        }
    }

    private Transfer newTransfer(Acquisition.Slot slot, Optional<FileRecord> known) {
        return new Transfer(slot.request, slot.url, known, settings.clock.instant(), new Meter(settings.clock));
    }

    private void waitFor(Acquisition acquisition, ProgressListener listener) throws InterruptedException {
        var now = settings.clock.instant();
        var deadline = ledger.deadline(acquisition);
        if (deadline.isPresent() && !now.isBefore(deadline.get())) {
            throw ledger.late(acquisition);
        }
        var somebodyListens = !listener.equals(ProgressListener.NONE);
        var patience = somebodyListens ? TICK : SLOW_TICK;
        if (somebodyListens) {
            listener.progress(ledger.progress(acquisition));
        }
        ledger.await(
                acquisition,
                deadline.map(end -> shorter(Duration.between(now, end), patience))
                        .orElse(patience));
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private Leases deliver(List<Acquisition.Slot> slots, List<Ledger.Held> held, ProgressListener listener) {
        var leases = new ArrayList<Lease>();
        for (var i = 0; i < slots.size(); i++) {
            var slot = slots.get(i);
            var file = held.get(i).file();
            leases.add(new Lease(
                    owner,
                    held.get(i).entry(),
                    file,
                    Inspector.name(slot, file),
                    slot.url.display(),
                    slot.source.orElseThrow(),
                    slot.stale));
        }
        var all = new Leases(leases);
        try {
            listener.progress(
                    leases.stream().map(lease -> Progress.done(lease.size())).toList());
        } catch (RuntimeException e) {
            all.close(); // the caller does not get them
            throw e;
        }
        return all;
    }

    /// All files in the order in which they would be evicted.
    public List<CachedFile> list() {
        return ledger.list();
    }

    /// The file with this content, if it is in the cache.
    public Optional<CachedFile> file(String sha256) {
        return ledger.view(sha256);
    }

    /// Downloads that run, oldest first, and those that ended in the last minutes, newest first: the successful
    /// and the cancelled for one minute, the failed as long as the settings say.
    public List<Download> downloads() {
        return opened.board().list();
    }

    /// Ends a running download; those who wait for it get [DownloadException.Reason#CANCELLED]. What has
    /// arrived is kept.
    ///
    /// @return false if no download with this id runs
    public boolean cancel(String downloadId) {
        var stopped =
                traffic.order(Optional.of(downloadId), DownloadException.Reason.CANCELLED, "cancelled by the operator");
        stopped.forEach(transfer -> transfer.call.stop());
        return !stopped.isEmpty();
    }

    /// Begins a failed or cancelled download again, as a prefetch.
    ///
    /// @return false if no such download is listed, or too many prefetches run
    public boolean retry(String downloadId) {
        if (!prefetches.tryAcquire()) {
            return false;
        }
        var request = opened.board().take(downloadId).map(DownloadRequest::withoutDeadline);
        request.ifPresentOrElse(this::prefetch, prefetches::release);
        return request.isPresent();
    }

    /// Takes a failed or cancelled download off the list.
    ///
    /// @return false if no such download is listed
    public boolean dismiss(String downloadId) {
        return opened.board().take(downloadId).isPresent();
    }

    /// Keeps a file from being evicted until it is unpinned; that survives a restart.
    ///
    /// @return false if there is no such file
    public boolean pin(String sha256) throws InterruptedException {
        return changed(ledger.change(sha256, file -> file.pinned(true)));
    }

    /// Lets a pinned file be evicted again.
    ///
    /// @return false if there is no such file
    public boolean unpin(String sha256) throws InterruptedException {
        return changed(ledger.change(sha256, file -> file.pinned(false)));
    }

    private boolean changed(Optional<Long> note) throws InterruptedException {
        if (note.isPresent()) {
            shelf.journal().await(note.get());
        }
        return note.isPresent();
    }

    /// Removes a file that nobody uses, with its links.
    public Removal remove(String sha256) {
        var ordered = ledger.takeOut(sha256);
        if (ordered.taken().isPresent()
                && !equipment.evictor().remove(ordered.taken().get(), "removed by the operator")) {
            throw new CacheUnusable("The file " + sha256 + " or a link to it cannot be removed; the log says why");
        }
        return ordered.removal();
    }

    /// Compares every file with the record and quarantines what is damaged.
    ///
    /// @param deep whether to read and hash every byte, which takes as long as the disk needs for that
    public VerifyReport verify(boolean deep) throws InterruptedException {
        return inspector.verify(shelf, deep);
    }

    /// Sizes now, and counts since the cache was opened.
    public CacheStats stats() {
        return Statistics.of(shelf, equipment.counters());
    }

    /// What a human has to look at, as a sentence: the folder or the record cannot be written. Empty when all
    /// is well.
    public Optional<String> problem() {
        return opened.readOnly()
                ? Optional.of("the cache folder " + settings.directory
                        + " cannot be written: files that are there are served, downloads fail")
                : shelf.journal().trouble().map(why -> "the record " + settings.record + " cannot be written: " + why);
    }

    /// What the disk below the cache may still take, in bytes, whatever the limit: what is free there without
    /// what is left to others. Empty when the disk does not say. Asks the file system.
    public OptionalLong diskBytes() {
        var bytes = equipment.diskRoom().bytes();
        return bytes.isPresent() ? OptionalLong.of(Math.max(0, bytes.getAsLong())) : bytes;
    }

    /// Stops downloads, keeps what has arrived, writes the record and gives the folder free, within five
    /// seconds. Waiting acquisitions get [DownloadException.Reason#CLOSED]. Files of open leases stay where
    /// they are.
    @Override
    public void close() {
        shut();
        equipment.http().close();
        opened.close();
    }

    /// Ends as a crash would: nothing more is written.
    void crash() throws InterruptedException {
        shut();
        equipment.http().close();
        opened.abandon();
    }

    private void shut() {
        shelf.shut(DownloadException.Reason.CLOSED);
        traffic.order(Optional.empty(), DownloadException.Reason.CLOSED, "the cache is being closed")
                .forEach(transfer -> transfer.call.stop());
        crew.join(CLOSING);
    }

    /// One step of the housekeeping, for tests that turn the clock.
    void housekeeping() {
        opened.keeper().round();
    }

    private final class LeaseOwner implements Lease.Owner {
        @Override
        public Path path(String sha256) {
            return equipment.blobs().path(sha256);
        }

        @Override
        public Path link(Entry entry, Path directory, String name) throws InterruptedException {
            var link = opened.links().place(directory, name);
            var sha256 = shelf.recordOf(entry).sha256();
            changed(ledger.change(sha256, file -> file.linked(link.toString())));
            opened.links().make(link, sha256);
            return link;
        }

        @Override
        public void release(Entry entry) {
            ledger.release(entry);
        }
    }
}
