package dev.comfyrouter.cache;

import java.util.HashSet;
import java.util.Optional;

/// Why an acquisition gets nothing, in words. Reads fields that are guarded by the shelf's lock.
final class Refusals {

    private Refusals() {}

    static DownloadException closed(DownloadException.Reason reason, String url) {
        return reason == DownloadException.Reason.READ_ONLY
                ? new DownloadException.CacheBroken(
                        reason, url, url + " is not in the cache, and the cache folder cannot be written")
                : new DownloadException.Ended(reason, url, url + ": the cache is being closed");
    }

    /// A set that fits the cache only one by one would wait for itself.
    static Optional<DownloadException> tooLarge(Acquisition acquisition, long maxBytes) {
        var counted = new HashSet<Object>();
        long needed = 0;
        for (var slot : acquisition.slots()) {
            if (slot.claimed.isPresent() && counted.add(slot.claimed.get())) {
                needed += Space.pages(slot.claimed.get().record.size());
            }
            if (slot.joined.isPresent() && counted.add(slot.joined.get())) {
                var transfer = slot.joined.get();
                var size = Math.max(transfer.held, Space.pages(transfer.total().orElse(0)));
                needed += transfer.waitsForSpace ? Math.max(size, transfer.wanted) : size;
            }
        }
        return needed <= maxBytes
                ? Optional.empty()
                : Optional.of(new DownloadException.NoRoom(
                        DownloadException.Reason.TOO_LARGE,
                        acquisition.slots().getFirst().url.display(),
                        "Together these " + acquisition.slots().size() + " files need " + needed
                                + " bytes, the cache holds " + maxBytes));
    }

    static DownloadException late(Acquisition acquisition) {
        var missing = acquisition.slots().stream()
                .filter(slot -> slot.claimed.isEmpty())
                .toList();
        for (var slot : missing) {
            var shortage = slot.joined.flatMap(Transfer::shortage);
            if (shortage.isPresent()) {
                return noSpace(slot.url.display(), shortage.get());
            }
        }
        var display = missing.isEmpty() ? "" : missing.getFirst().url.display();
        var trouble = missing.stream()
                .flatMap(slot -> slot.joined.flatMap(Transfer::trouble).stream())
                .findFirst()
                .map(why -> "; the last try: " + why)
                .orElse("");
        return new DownloadException.Ended(
                DownloadException.Reason.DEADLINE, display, display + ": not there by the deadline" + trouble);
    }

    private static DownloadException noSpace(String display, Progress.Shortage shortage) {
        var blockers = shortage.blockers().stream()
                .map(blocker -> blocker.name() + " (" + blocker.bytes() + " bytes, "
                        + (blocker.pinned() ? "pinned" : "in use") + ")")
                .toList();
        return new DownloadException.NoRoom(
                DownloadException.Reason.NO_SPACE,
                display,
                display + ": " + shortage.neededBytes() + " bytes are needed, " + shortage.freeBytes()
                        + " can be had; in the way: " + String.join(", ", blockers));
    }
}
