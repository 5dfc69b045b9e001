package dev.comfyrouter.cache;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Which host gets which bearer token: the host itself and its subdomains, nobody else.
final class Tokens {

    private final Map<String, String> byHost;

    private Tokens(Map<String, String> byHost) {
        this.byHost = byHost;
    }

    static Tokens of(Map<String, String> byHost) {
        var lower = new LinkedHashMap<String, String>();
        byHost.forEach((host, token) -> lower.put(host.toLowerCase(Locale.ROOT), token.strip()));
        return new Tokens(Map.copyOf(lower));
    }

    /// The most exact match wins.
    Optional<String> forHost(String host) {
        var name = host.toLowerCase(Locale.ROOT);
        while (!name.isEmpty()) {
            var token = byHost.get(name);
            if (token != null) {
                return Optional.of(token);
            }
            var dot = name.indexOf('.');
            name = dot < 0 ? "" : name.substring(dot + 1);
        }
        return Optional.empty();
    }

    static Map<String, String> read(Path file) {
        try {
            var root = new ObjectMapper().readTree(Files.readAllBytes(file));
            var tokens = new LinkedHashMap<String, String>();
            if (!root.isObject()) {
                throw new CacheUnusable("The tokens file " + file + " is not a JSON object of host to token.");
            }
            for (var field : root.properties()) {
                if (!field.getValue().isTextual() || field.getKey().isBlank()) {
                    throw new CacheUnusable(
                            "In the tokens file " + file + " the value of '" + field.getKey() + "' is not a text.");
                }
                tokens.put(field.getKey(), field.getValue().textValue());
            }
            return tokens;
        } catch (JsonProcessingException e) {
            // Without the cause: Jackson's message quotes the source, and that is a token.
            throw new CacheUnusable("The tokens file " + file + " is not JSON (line "
                    + (e.getLocation() == null ? 0 : e.getLocation().getLineNr()) + ").");
        } catch (IOException e) {
            throw new CacheUnusable("The tokens file " + file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
