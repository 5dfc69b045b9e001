package dev.comfyrouter.server.http;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A test of what callers see, with a door of its own that is open while it runs.
abstract class AtTheDoor {
    @TempDir
    Path directory;

    Door door;

    @BeforeEach
    final void openDoor() throws Exception {
        door = new Door(directory, settings());
    }

    @AfterEach
    final void closeDoor() {
        door.close();
    }

    /// What is not as usual, without the prefix of the names.
    Map<String, String> settings() {
        return Map.of();
    }
}
