package dev.comfyrouter.workflows;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What real ComfyUI servers said, where somebody has the recordings; tests that need them are skipped
/// elsewhere.
final class Recordings {
    static final String[] VERSIONS = {"0.3.64", "0.33.0"};

    private Recordings() {}

    static boolean present() {
        return Files.isDirectory(root());
    }

    static NodeCatalog catalog(String version) throws IOException {
        var file = root().resolve(version).resolve("object_info.json");
        assumeTrue(Files.exists(file), "no recordings at " + file + " (system property comfyrouter.recordings)");
        try (var in = Files.newInputStream(file)) {
            return NodeCatalog.parse(in);
        }
    }

    private static Path root() {
        return Path.of(System.getProperty("comfyrouter.recordings", "recordings"));
    }
}
