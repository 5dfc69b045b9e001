package dev.comfyrouter.cache;

import java.time.Instant;
import java.util.Optional;

/// A download that runs, or failed a short while ago.
///
/// @param id for [FileCache#cancel] and [FileCache#retry]
/// @param url without its query
/// @param name the file's name as far as it is known
/// @param progress how far it is
/// @param waiters how many acquisitions wait for it; prefetches are not counted
/// @param started when it began
/// @param failure why it failed; empty while it runs
public record Download(
        String id,
        String url,
        String name,
        Progress progress,
        int waiters,
        Instant started,
        Optional<DownloadException> failure) {}
