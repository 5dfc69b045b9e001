package dev.comfyrouter.examples;

import dev.comfyrouter.server.RouterServer;
import dev.comfyrouter.server.config.RouterConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// The router inside a plain `main`: your program starts it, has its port, and stops it.
///
/// You learn that the settings are the same names as on the command line, that a port of 0 takes a free one, and
/// that closing the router leaves running prompts on their nodes and loses no task.
///
/// ```
/// examples/run EmbeddedRouter data http://gpu-1:8188,http://gpu-2:8188
/// ```
public final class EmbeddedRouter {
    private EmbeddedRouter() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        try (RouterServer router = start(Path.of(arguments[0]).toAbsolutePath(), arguments[1])) {
            System.out.println("The router's page is " + router.url().resolve("/admin"));
            System.out.println("Press Enter to stop.");
            System.in.read();
        }
    }

    static RouterServer start(Path home, String nodes) throws IOException, InterruptedException {
        return RouterServer.start(RouterConfig.load(
                Map.of(
                        "COMFY_ROUTER__HOST", "127.0.0.1",
                        "COMFY_ROUTER__PORT", "0",
                        "COMFY_ROUTER__PASSWORD", "only-this-program-knows-it",
                        "COMFY_ROUTER__NODES", nodes,
                        "COMFY_ROUTER__DATA_DIR", "data",
                        "COMFY_ROUTER__DOWNLOAD__CACHE_DIR", "cache",
                        "COMFY_ROUTER__DOWNLOAD__ROOT_DIR", "comfyui",
                        "COMFY_ROUTER__DOWNLOAD__RECORD_PATH", "record.json"),
                home));
    }
}
