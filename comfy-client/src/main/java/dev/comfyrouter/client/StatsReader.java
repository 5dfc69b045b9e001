package dev.comfyrouter.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.OptionalInt;

/// Reads `/system_stats`.
final class StatsReader {
    private StatsReader() {}

    static SystemStats read(JsonNode answer) {
        JsonNode system = answer.path("system");
        var devices = new ArrayList<SystemStats.Device>();
        answer.path("devices").forEach(device -> devices.add(device(device)));
        return new SystemStats(
                Json.text(system, "comfyui_version").flatMap(Version::tryParse),
                Json.textOrEmpty(system, "os"),
                Json.textOrEmpty(system, "python_version"),
                Json.textOrEmpty(system, "pytorch_version"),
                system.path("ram_total").asLong(),
                system.path("ram_free").asLong(),
                Json.texts(system.path("argv")),
                devices);
    }

    private static SystemStats.Device device(JsonNode device) {
        JsonNode index = device.path("index");
        return new SystemStats.Device(
                Json.textOrEmpty(device, "name"),
                Json.textOrEmpty(device, "type"),
                index.isIntegralNumber() ? OptionalInt.of(index.asInt()) : OptionalInt.empty(),
                device.path("vram_total").asLong(),
                device.path("vram_free").asLong(),
                device.path("torch_vram_total").asLong(),
                device.path("torch_vram_free").asLong());
    }
}
