package dev.comfyrouter.cache;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A download that runs, or ended a short while ago.
///
/// @param id for [FileCache#cancel], [FileCache#retry] and [FileCache#dismiss]
/// @param url without its query
/// @param name the file's name as far as it is known
/// @param kind what the first who asked expects it to be
/// @param directory where the first who asked will link it, if that was said
/// @param progress how far it is, or how far it came
/// @param waiters how many acquisitions wait for it; prefetches are not counted
/// @param wantedBy those of them who said who they are, oldest first, each once
/// @param started when it began
/// @param ended when it ended; empty while it runs
/// @param failure why it failed, with reason `CANCELLED` when somebody ended it; empty while it runs and when
///     the file is in the cache
public record Download(
        String id,
        String url,
        String name,
        FileKind kind,
        Optional<Path> directory,
        Progress progress,
        int waiters,
        List<String> wantedBy,
        Instant started,
        Optional<Instant> ended,
        Optional<DownloadException> failure) {

    /// Makes the list the record's own.
    public Download {
        wantedBy = List.copyOf(wantedBy);
    }

    /// Whether it is still at work, or waits for something.
    public boolean running() {
        return ended.isEmpty();
    }

    /// Whether it failed, and not because somebody wanted it to end.
    public boolean failed() {
        return failure.filter(why -> why.reason() != DownloadException.Reason.CANCELLED)
                .isPresent();
    }
}
