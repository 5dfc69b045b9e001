package dev.comfyrouter.server;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.Instant;
import java.util.Optional;

/// Which Comfy Router this is.
final class Version {
    private Version() {}

    /// As in the manifest of the jar; `dev` when there is no jar.
    static String number() {
        return Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
                .orElse("dev");
    }

    /// When the jar was put together, as its file says.
    static Instant builtAt() {
        CodeSource source = Version.class.getProtectionDomain().getCodeSource();
        try {
            return source == null
                    ? Instant.EPOCH
                    : Files.getLastModifiedTime(Path.of(source.getLocation().toURI()))
                            .toInstant();
        } catch (IOException | URISyntaxException unknown) {
            return Instant.EPOCH; // only tells builds apart
        }
    }
}
