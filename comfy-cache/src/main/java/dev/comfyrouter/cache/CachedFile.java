package dev.comfyrouter.cache;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/// A file in the cache, as it was when somebody asked.
///
/// @param sha256 its content, and its id in this package
/// @param name a name for people, of the URL that brought it
/// @param size in bytes
/// @param kinds what it has been asked for as, and found to be
/// @param urls where it came from, without queries
/// @param links the links that point to it
/// @param added when it was published
/// @param lastUse when its last lease was closed, or when it was added
/// @param uses how many leases have been opened on it
/// @param leases how many are open now
/// @param pinned whether it may never be evicted
/// @param pickle whether loading it can run code
public record CachedFile(
        String sha256,
        String name,
        long size,
        Set<FileKind> kinds,
        List<String> urls,
        List<Path> links,
        Instant added,
        Instant lastUse,
        long uses,
        int leases,
        boolean pinned,
        boolean pickle) {
    public CachedFile {
        kinds = Set.copyOf(kinds);
        urls = List.copyOf(urls);
        links = List.copyOf(links);
    }
}
