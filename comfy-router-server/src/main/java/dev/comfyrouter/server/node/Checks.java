package dev.comfyrouter.server.node;

import java.time.Instant;
import java.util.Optional;

/// How the checks of a node went: whether it counts as online, and what speaks for or against that.
///
/// The first check of all counts alone. Later it takes two good ones in a row to come online and three failed
/// ones to go offline, so that a lost packet moves no task.
///
/// @param online whether the node can be given work as far as checks can tell
/// @param failed failed checks in a row
/// @param passed good checks in a row while it was offline
/// @param at when the last check ended; empty before the first
/// @param error why the node is offline or in doubt; empty when nothing is wrong
public record Checks(boolean online, int failed, int passed, Optional<Instant> at, String error) {
    private static final int FALL = 3;
    private static final int RISE = 2;

    static final Checks NONE = new Checks(false, 0, 0, Optional.empty(), "not checked yet");

    Checks good(Instant now) {
        boolean up = online || at.isEmpty() || passed + 1 >= RISE;
        return up
                ? new Checks(true, 0, 0, Optional.of(now), "")
                : new Checks(false, 0, passed + 1, Optional.of(now), error);
    }

    Checks bad(String why, Instant now) {
        return new Checks(online && failed + 1 < FALL, failed + 1, 0, Optional.of(now), why);
    }

    /// Offline at once: it answers, and it is not a server that the router can use.
    Checks unusable(String why, Instant now) {
        return new Checks(false, failed + 1, 0, Optional.of(now), why);
    }

    /// Whether the other says the same, whenever that was.
    boolean saysTheSameAs(Checks other) {
        return new Checks(online, failed, passed, other.at, error).equals(other);
    }
}
