package dev.comfyrouter.testkit;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/// A request as it arrived, handshakes of WebSockets included.
///
/// @param path decoded, as it was sent: with `/api` and a path prefix
/// @param query raw, empty when there is none
/// @param headers by name, whatever its case
@SuppressWarnings("ArrayRecordComponent") // never compared
public record RecordedRequest(
        Instant at, String method, String path, String query, Map<String, String> headers, byte[] body) {

    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    public String bodyText() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /// Method, path and query: what to read when a test fails.
    @Override
    public String toString() {
        return method + " " + path + (query.isEmpty() ? "" : "?" + query);
    }
}
