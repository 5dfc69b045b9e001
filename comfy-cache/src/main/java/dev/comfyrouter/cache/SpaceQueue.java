package dev.comfyrouter.cache;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

/// Who gets space next, and what has to go for it. Guarded by the shelf's lock.
///
/// The oldest acquisition is served first. It may have everything but what is leased, pinned, or claimed by an
/// older one: what a younger acquisition has gathered and not yet got as a lease goes too, so two of them never
/// wait for each other.
final class SpaceQueue {

    private static final int BLOCKERS = 10;

    /// A file this much smaller than the cache may pass older ones if it fits into what is free.
    private static final int SMALL = 100;

    private final Shelf shelf;

    SpaceQueue(Shelf shelf) {
        this.shelf = shelf;
    }

    /// The answer to a request for space.
    sealed interface Verdict {
        /// The space is reserved.
        record Granted() implements Verdict {}

        /// Unlink these, then ask again; all of them have been taken out.
        record Evict(List<Entry> entries, List<Part> parts, boolean quarantine) implements Verdict {}

        /// Wait for a change.
        record Wait(Progress.Shortage shortage) implements Verdict {}

        /// Drop what has arrived, and begin anew: an older acquisition needs the space.
        record GiveBack() implements Verdict {}

        /// It can never fit.
        record TooLarge(long maxBytes) implements Verdict {}
    }

    Verdict ask(Transfer transfer, long size, OptionalLong diskRoom) {
        var space = shelf.space;
        if (transfer.mustGiveBack) {
            transfer.mustGiveBack = false;
            return new Verdict.GiveBack();
        }
        if (Space.pages(size) > space.max) {
            return new Verdict.TooLarge(space.max);
        }
        var want = Space.pages(size) - transfer.held;
        if (want <= 0) {
            return new Verdict.Granted();
        }
        var missing = space.missing(want, diskRoom, unwritten());
        var first = isFirst(transfer);
        if (missing <= 0 && (first || size <= space.max / SMALL)) {
            hold(transfer, want);
            transfer.waitsForSpace = false;
            return new Verdict.Granted();
        }
        if (first && missing > space.leaving + space.trash) {
            var ticket = transfer.ticket();
            var evict = choose(missing - space.leaving - space.trash, ticket);
            if (evict.isPresent()) {
                return evict.get();
            }
            shelf.running.values().stream()
                    .filter(other -> other.waitsForSpace && other.held > 0 && other.ticket() > ticket)
                    .forEach(other -> other.mustGiveBack = true);
            shelf.room.signalAll();
        }
        transfer.waitsForSpace = true;
        transfer.wanted = Space.pages(size);
        return new Verdict.Wait(shortage(want, transfer.ticket()));
    }

    private boolean isFirst(Transfer transfer) {
        var ticket = transfer.ticket();
        return shelf.running.values().stream()
                .noneMatch(other -> other != transfer && other.waitsForSpace && other.ticket() < ticket);
    }

    private long unwritten() {
        return shelf.running.values().stream()
                .mapToLong(transfer -> Math.max(0, transfer.held - transfer.bytes()))
                .sum();
    }

    /// All or nothing: what does not help in the end is not thrown away.
    Optional<Verdict.Evict> choose(long missing, long ticket) {
        long found = shelf.space.quarantine;
        var parts = new ArrayList<Part>();
        for (var part : shelf.kept.values()) {
            if (found >= missing) {
                break;
            }
            parts.add(part);
            found += Space.pages(part.length());
        }
        var entries = new ArrayList<Entry>();
        for (var entry : shelf.byUse.values()) {
            if (found >= missing) {
                break;
            }
            if (entry.isEvictableFor(ticket)) {
                entries.add(entry);
                found += Space.pages(entry.record.size());
            }
        }
        if (found < missing) {
            return Optional.empty();
        }
        entries.forEach(shelf::leave);
        for (var part : parts) {
            shelf.takeKept(part.key());
            shelf.space.leaving += Space.pages(part.length());
        }
        return Optional.of(new Verdict.Evict(entries, parts, shelf.space.quarantine > 0));
    }

    private Progress.Shortage shortage(long want, long ticket) {
        var evictable = shelf.byUse.values().stream()
                .filter(entry -> entry.isEvictableFor(ticket))
                .mapToLong(entry -> Space.pages(entry.record.size()))
                .sum();
        return new Progress.Shortage(want, Math.max(0, shelf.space.free()) + evictable, blockers(ticket));
    }

    private List<Progress.Blocker> blockers(long ticket) {
        Stream<Progress.Blocker> files = shelf.byUse.values().stream()
                .filter(entry -> !entry.isEvictableFor(ticket))
                .map(entry -> new Progress.Blocker(
                        entry.record.name(), entry.record.size(), entry.leases, entry.record.pinned()));
        return files.sorted(Comparator.comparingLong(Progress.Blocker::bytes).reversed())
                .limit(BLOCKERS)
                .toList();
    }

    /// What has to go so that the cache fits its limit; taken out already.
    List<Entry> overLimit(Set<String> stillUsed) {
        var over = -shelf.space.free();
        var entries = new ArrayList<Entry>();
        for (var entry : shelf.byUse.values()) {
            if (over <= 0) {
                break;
            }
            if (entry.isEvictableFor(Long.MAX_VALUE - 1) && !stillUsed.contains(entry.record.sha256())) {
                entries.add(entry);
                over -= Space.pages(entry.record.size());
            }
        }
        entries.forEach(shelf::leave);
        return entries;
    }

    void hold(Transfer transfer, long bytes) {
        transfer.held += bytes;
        shelf.space.reserved += bytes;
    }

    void release(Transfer transfer) {
        shelf.space.reserved -= transfer.held;
        transfer.held = 0;
        transfer.waitsForSpace = false;
        shelf.room.signalAll();
    }
}
