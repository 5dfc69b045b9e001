package dev.comfyrouter.server.config;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;

/// The settings that a test gives, with the prefix left out, and the configuration that comes of them.
record GivenSettings(Path directory) {
    static final String PREFIX = "COMFY_ROUTER__";

    RouterConfig load(String... settings) {
        var environment = new HashMap<String, String>();
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            environment.put(PREFIX + setting.substring(0, equals), setting.substring(equals + 1));
        }
        return RouterConfig.load(environment, directory);
    }

    List<String> problems(String... settings) {
        return catchThrowableOfType(InvalidConfig.class, () -> load(settings)).problems();
    }

    /// Writes the file in the working directory.
    void yaml(String text) throws IOException {
        Files.writeString(directory.resolve("comfy-router.yaml"), text);
    }
}
