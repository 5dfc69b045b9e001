package dev.comfyrouter.cache;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// How far one file is: an immutable snapshot.
///
/// `bytes` never falls, except when `restarts` has grown: then the server could not continue and the file began
/// anew.
///
/// @param phase what is being done
/// @param bytes bytes of the file that are on disk, 0 or more, never more than `total`
/// @param total size of the file in bytes, empty while the server has not said
/// @param bytesPerSecond speed over the last seconds, 0 when nothing moves
/// @param restarts how often the file began anew at byte 0
/// @param shortage what is missing, in phase [Phase#RESERVE] only
public record Progress(
        Phase phase, long bytes, OptionalLong total, double bytesPerSecond, int restarts, Optional<Shortage> shortage) {

    /// What is being done for a file.
    public enum Phase {
        /// Waits for its turn: only so many downloads run at a time.
        QUEUED,
        /// Asks the server, follows redirects.
        RESOLVE,
        /// Waits for space: somebody must give a lease back, or a file must be unpinned.
        RESERVE,
        /// Bytes arrive.
        DOWNLOAD,
        /// Waits before the next try: the server was busy or broke off.
        BACKOFF,
        /// Reads the file on disk to hash it.
        HASH,
        /// Checks the file and moves it into the cache.
        PUBLISH,
        /// The file is in the cache and held for this acquisition.
        DONE
    }

    /// Why there is no space.
    ///
    /// @param neededBytes what the file still needs, in bytes
    /// @param freeBytes what could be given to it now, in bytes
    /// @param blockers the largest files that cannot go, largest first, at most ten
    public record Shortage(long neededBytes, long freeBytes, List<Blocker> blockers) {
        public Shortage {
            blockers = List.copyOf(blockers);
        }
    }

    /// A file that cannot be evicted now.
    ///
    /// @param name its name, without directories
    /// @param bytes its size in bytes
    /// @param leases how many leases are open on it
    /// @param pinned whether the operator pinned it
    public record Blocker(String name, long bytes, int leases, boolean pinned) {}

    static Progress of(Phase phase) {
        return new Progress(phase, 0, OptionalLong.empty(), 0, 0, Optional.empty());
    }

    static Progress done(long bytes) {
        return new Progress(Phase.DONE, bytes, OptionalLong.of(bytes), 0, 0, Optional.empty());
    }

    /// From 0 to 1, empty while the size is unknown.
    public Optional<Double> fraction() {
        return total.isEmpty()
                ? Optional.empty()
                : Optional.of(total.getAsLong() == 0 ? 1.0 : (double) bytes / total.getAsLong());
    }

    /// Time until the last byte at the present speed, empty when size or speed are unknown.
    public Optional<Duration> eta() {
        if (total.isEmpty() || bytesPerSecond < 1) {
            return Optional.empty();
        }
        return Optional.of(Duration.ofMillis((long) ((total.getAsLong() - bytes) / bytesPerSecond * 1000)));
    }
}
