package dev.comfyrouter.server;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/// The environment of a router under test: a free port of this machine, and every folder inside one directory.
final class TestSettings {
    private TestSettings() {}

    static Map<String, String> in(Path directory) {
        return new HashMap<>(Map.of(
                "COMFY_ROUTER__HOST",
                "127.0.0.1",
                "COMFY_ROUTER__PORT",
                "0",
                "COMFY_ROUTER__DATA_DIR",
                directory.resolve("data").toString(),
                "COMFY_ROUTER__DOWNLOAD__CACHE_DIR",
                directory.resolve("cache").toString(),
                "COMFY_ROUTER__DOWNLOAD__ROOT_DIR",
                directory.resolve("comfyui").toString(),
                "COMFY_ROUTER__DOWNLOAD__RECORD_PATH",
                directory.resolve("record.json").toString()));
    }
}
