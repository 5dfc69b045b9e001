package dev.comfyrouter.cache;

import java.time.Duration;

/// Size and history of a cache since it was opened. Sizes are in bytes, rounded up to 4 KiB per file where they
/// are counted against the limit.
///
/// @param maxBytes the limit
/// @param files files in the cache
/// @param bytes what they occupy, those on their way out and in the trash included
/// @param partialBytes kept parts of broken downloads
/// @param reservedBytes promised to running downloads
/// @param trashBytes evicted on a network file system and not yet unlinked; part of `bytes`
/// @param leases open leases
/// @param leasedBytes what leased files occupy
/// @param pinnedBytes what pinned files occupy
/// @param hits requests answered from the cache
/// @param misses requests that started a download
/// @param shared requests that joined a running download
/// @param downloadedBytes bytes received
/// @param resumedBytes bytes that did not have to be fetched again
/// @param wastedBytes bytes received and thrown away
/// @param refetchedBytes bytes fetched again although they had been evicted a short while ago
/// @param evictions files evicted
/// @param evictedBytes what they occupied
/// @param quarantined files found damaged
/// @param failures downloads that failed; those that somebody ended are not counted
/// @param running downloads that run
/// @param waitingForSpace downloads that wait for space now
/// @param spaceWait how long downloads have waited for space in all
public record CacheStats(
        long maxBytes,
        int files,
        long bytes,
        long partialBytes,
        long reservedBytes,
        long trashBytes,
        int leases,
        long leasedBytes,
        long pinnedBytes,
        long hits,
        long misses,
        long shared,
        long downloadedBytes,
        long resumedBytes,
        long wastedBytes,
        long refetchedBytes,
        long evictions,
        long evictedBytes,
        long quarantined,
        long failures,
        int running,
        int waitingForSpace,
        Duration spaceWait) {}
