package dev.comfyrouter.server;

import dev.comfyrouter.server.config.RouterConfig;
import dev.comfyrouter.server.http.HttpDoor;
import java.io.IOException;
import java.time.Instant;

/// Routers of a version that a test chooses.
public final class Routers {
    private static final Instant BUILT = Instant.parse("2026-11-24T00:00:00Z");

    private Routers() {}

    public static RouterServer start(RouterConfig config, String version) throws IOException, InterruptedException {
        return RouterServer.start(config, new HttpDoor.Build(version, BUILT, false));
    }
}
