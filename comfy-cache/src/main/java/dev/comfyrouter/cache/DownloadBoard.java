package dev.comfyrouter.cache;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/// The downloads as people see them: those that run, and those that ended a short while ago. Thread-safe, under
/// the shelf's lock.
final class DownloadBoard {

    /// What went well or was ended by somebody is shown this long, so that its end can be seen.
    private static final Duration GLANCE = Duration.ofMinutes(1);

    private static final int KEPT = 64;

    private final Shelf shelf;
    private final Duration memory;

    // Guarded by `shelf.lock`; the newest is first
    private final Deque<Past> past = new ArrayDeque<>();

    private record Past(Download last, String key, DownloadRequest request, long millis) {}

    /// @param memory how long a failure is listed
    DownloadBoard(Shelf shelf, Duration memory) {
        this.shelf = shelf;
        this.memory = memory;
    }

    /// Notes that the file is in the cache.
    void done(Transfer transfer, long bytes) {
        ended(transfer, Progress.done(bytes), Optional.empty());
    }

    /// Notes that the file is not to be had.
    void failed(Transfer transfer, DownloadException why) {
        ended(transfer, transfer.progress(), Optional.of(why));
    }

    private void ended(Transfer transfer, Progress progress, Optional<DownloadException> why) {
        shelf.lock.lock();
        try {
            var now = shelf.now();
            var key = transfer.url.key();
            past.removeIf(old -> old.key.equals(key)); // what became of the URL last is what counts
            past.addFirst(new Past(
                    view(transfer, progress, List.of(), Optional.of(Instant.ofEpochMilli(now)), why),
                    key,
                    transfer.request,
                    now));
            while (past.size() > KEPT) {
                past.removeLast();
            }
        } finally {
            shelf.lock.unlock();
        }
    }

    /// What runs, oldest first, then what ended, newest first.
    List<Download> list() {
        shelf.lock.lock();
        try {
            var all = new ArrayList<Download>();
            shelf.running.values().stream()
                    .sorted(Comparator.comparing(transfer -> transfer.started))
                    .forEach(transfer -> all.add(view(
                            transfer,
                            transfer.progress(),
                            transfer.waiters.stream()
                                    .filter(waiter -> !waiter.acquisition().background())
                                    .sorted(Comparator.comparingLong(
                                            waiter -> waiter.acquisition().ticket()))
                                    .toList(),
                            Optional.empty(),
                            Optional.empty())));
            past.removeIf(old -> isForgotten(old) || shelf.running.containsKey(old.key));
            past.forEach(old -> all.add(old.last));
            return all;
        } finally {
            shelf.lock.unlock();
        }
    }

    private boolean isForgotten(Past old) {
        var kept = old.last.failed() ? memory : GLANCE;
        return shelf.now() - old.millis > kept.toMillis();
    }

    private static Download view(
            Transfer transfer,
            Progress progress,
            List<Transfer.Waiter> waiters,
            Optional<Instant> ended,
            Optional<DownloadException> failure) {
        return new Download(
                transfer.id,
                transfer.url.display(),
                transfer.name(),
                transfer.request.kind(),
                transfer.request.directory(),
                progress,
                waiters.size(),
                waiters.stream()
                        .flatMap(waiter -> waiter.slot().request.wantedBy().stream())
                        .distinct()
                        .toList(),
                transfer.started,
                ended,
                failure);
    }

    /// Forgets a download that failed or was cancelled.
    ///
    /// @return what it was asked for by, to try again
    Optional<DownloadRequest> take(String id) {
        shelf.lock.lock();
        try {
            var found = past.stream()
                    .filter(old ->
                            old.last.id().equals(id) && old.last.failure().isPresent())
                    .findFirst();
            found.ifPresent(past::remove);
            return found.map(Past::request);
        } finally {
            shelf.lock.unlock();
        }
    }
}
