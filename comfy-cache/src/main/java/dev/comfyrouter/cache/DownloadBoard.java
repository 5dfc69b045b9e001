package dev.comfyrouter.cache;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/// The downloads as people see them: those that run, and those that failed a short while ago. Thread-safe,
/// under the shelf's lock.
final class DownloadBoard {

    private static final int FAILURES_KEPT = 32;

    private final Shelf shelf;
    private final Duration memory;

    // Guarded by `shelf.lock`
    private final Deque<Failure> failures = new ArrayDeque<>();

    private record Failure(Transfer transfer, DownloadException why, long millis) {}

    /// @param memory how long a failure is listed
    DownloadBoard(Shelf shelf, Duration memory) {
        this.shelf = shelf;
        this.memory = memory;
    }

    /// Notes a failure.
    void failed(Transfer transfer, DownloadException why) {
        shelf.lock.lock();
        try {
            failures.addFirst(new Failure(transfer, why, shelf.now()));
            while (failures.size() > FAILURES_KEPT) {
                failures.removeLast();
            }
        } finally {
            shelf.lock.unlock();
        }
    }

    /// What runs, oldest first, then what failed, newest first.
    List<Download> list() {
        shelf.lock.lock();
        try {
            var all = new ArrayList<Download>();
            shelf.running.values().stream()
                    .sorted(Comparator.comparing(transfer -> transfer.started))
                    .forEach(transfer -> all.add(view(transfer, Optional.empty())));
            failures.removeIf(failure -> shelf.now() - failure.millis > memory.toMillis());
            failures.forEach(failure -> all.add(view(failure.transfer, Optional.of(failure.why))));
            return all;
        } finally {
            shelf.lock.unlock();
        }
    }

    private static Download view(Transfer transfer, Optional<DownloadException> failure) {
        var waiters = (int) transfer.waiters.stream()
                .filter(waiter -> !waiter.acquisition().background())
                .count();
        return new Download(
                transfer.id,
                transfer.url.display(),
                transfer.name(),
                transfer.progress(),
                waiters,
                transfer.started,
                failure);
    }

    /// Forgets a failure, to try again.
    Optional<DownloadRequest> takeFailed(String id) {
        shelf.lock.lock();
        try {
            var found = failures.stream()
                    .filter(failure -> failure.transfer.id.equals(id))
                    .findFirst();
            found.ifPresent(failures::remove);
            return found.map(failure -> failure.transfer.request);
        } finally {
            shelf.lock.unlock();
        }
    }
}
