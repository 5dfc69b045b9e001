package dev.comfyrouter.server.schedule;

import dev.comfyrouter.server.store.Acceptance;
import java.nio.file.Path;
import java.util.Optional;

/// The free space of a disk below which nothing new is accepted, so that what was accepted can end.
///
/// @param directory on that disk
/// @param floor in bytes; 0 accepts always
public record FreeSpace(Path directory, long floor) {
    /// Why nothing is accepted now; empty when there is room.
    Optional<Acceptance> lack() {
        long free = directory.toFile().getUsableSpace();
        return free < floor ? Optional.of(new Acceptance.NoSpace(free, floor)) : Optional.empty();
    }
}
