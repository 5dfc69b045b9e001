package dev.comfyrouter.cache;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;

/// One call of [FileCache#acquire]: the files it wants and how far each is.
///
/// @param ticket the place in line: a smaller one is older and wins where space is short
/// @param background nobody waits for it: a prefetch
/// @param changed signalled when one of its transfers ends
record Acquisition(long ticket, List<Slot> slots, boolean background, Condition changed) {

    /// The earliest deadline among the files that are still missing.
    Optional<Instant> deadline() {
        return slots.stream()
                .filter(slot -> slot.claimed.isEmpty())
                .flatMap(slot -> slot.request.deadline().stream())
                .min(Instant::compareTo);
    }

    /// One file of an acquisition. Every field that changes is guarded by the ledger's lock.
    static final class Slot {

        final DownloadRequest request;
        final UrlIdentity url;

        Optional<Entry> claimed = Optional.empty();
        Optional<Transfer> joined = Optional.empty();
        Optional<DownloadException> failure = Optional.empty();
        Optional<Lease.Source> source = Optional.empty();
        boolean inspected;
        boolean revalidated;
        boolean stale;

        Slot(DownloadRequest request, UrlIdentity url) {
            this.request = request;
            this.url = url;
        }

        /// Whether a result of this other request would also be a result of ours.
        boolean asksAs(DownloadRequest other) {
            return request.sha256().equals(other.sha256())
                    && request.size().equals(other.size())
                    && request.kind() == other.kind();
        }

        /// Whether a file with this hash may be given out for the request.
        boolean accepts(FileRecord file) {
            return request.sha256().map(file.sha256()::equals).orElse(true)
                    && (request.size().isEmpty() || request.size().getAsLong() == file.size());
        }
    }
}
