package dev.comfyrouter.server.download;

import dev.comfyrouter.cache.Progress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Why a task waits for its files, as people read it: "waits for flux1-dev.safetensors, 43 %, 84 MB/s, about 2 min".
final class WaitReason {
    private WaitReason() {}

    /// @param progress one for each wanted file, in their order
    static String of(List<RemoteFiles.Wanted> wanted, List<Progress> progress) {
        List<Integer> missing = IntStream.range(0, wanted.size())
                .filter(i -> progress.get(i).phase() != Progress.Phase.DONE)
                .boxed()
                .toList();
        if (missing.isEmpty()) {
            return "its files are here and are being linked";
        }
        int told = missing.stream()
                .filter(i -> progress.get(i).shortage().isPresent())
                .findFirst()
                .or(() -> missing.stream()
                        .filter(i -> progress.get(i).phase() == Progress.Phase.DOWNLOAD)
                        .findFirst())
                .orElse(missing.getFirst());
        int others = missing.size() - 1;
        return of(wanted.get(told), progress.get(told))
                + (others == 0 ? "" : ", and for " + others + (others == 1 ? " more file" : " more files"));
    }

    private static String of(RemoteFiles.Wanted wanted, Progress progress) {
        if (progress.shortage().isPresent()) {
            return "waits for room in the cache for " + wanted.name() + ": "
                    + shortage(progress.shortage().get());
        }
        String file = "waits for " + wanted.name();
        return switch (progress.phase()) {
            case QUEUED -> file + ", its download has not begun";
            case RESOLVE -> file + share(progress) + ", asks " + wanted.url().getHost();
            case RESERVE -> file + ", makes room for it in the cache";
            case DOWNLOAD ->
                file
                        + share(progress)
                        + rate(progress.bytesPerSecond())
                        + progress.eta().map(left -> ", about " + time(left)).orElse("");
            case BACKOFF -> file + share(progress) + ", the server broke off or is busy: tries again soon";
            case HASH -> file + share(progress) + ", reads what is here already";
            case PUBLISH, DONE -> file + ", which is here and is being checked";
        };
    }

    private static String shortage(Progress.Shortage shortage) {
        String blockers = shortage.blockers().stream()
                .limit(3)
                .map(file -> file.name() + (file.pinned() ? " (pinned)" : " (in use)"))
                .collect(Collectors.joining(", "));
        return size(shortage.neededBytes()) + " are needed, " + size(shortage.freeBytes()) + " can be had"
                + (blockers.isEmpty() ? "" : "; in the way: " + blockers);
    }

    private static String share(Progress progress) {
        Optional<Double> fraction = progress.fraction();
        if (fraction.isPresent()) {
            return ", " + (int) (fraction.get() * 100) + " %";
        }
        return progress.bytes() == 0 ? "" : ", " + size(progress.bytes());
    }

    private static String rate(double bytesPerSecond) {
        return bytesPerSecond < 1 ? "" : ", " + size((long) bytesPerSecond) + "/s";
    }

    /// With decimal units, as download speeds are spoken of; coarse, so that a sentence does not flicker.
    static String size(long bytes) {
        if (bytes < 1_000_000) {
            return (bytes + 999) / 1000 + " kB";
        }
        if (bytes < 1_000_000_000) {
            return bytes / 1_000_000 + " MB";
        }
        return String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
    }

    static String time(Duration left) {
        long seconds = left.toSeconds();
        if (seconds < 60) {
            return Math.max(1, seconds < 10 ? seconds : seconds / 5 * 5) + " s";
        }
        return seconds < 5400 ? (seconds + 30) / 60 + " min" : (seconds + 1800) / 3600 + " h";
    }
}
