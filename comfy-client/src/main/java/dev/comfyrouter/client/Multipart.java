package dev.comfyrouter.client;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;

/// A multipart form with one file, as ComfyUI's upload routes take it.
final class Multipart {
    private final String boundary = "comfy-" + UUID.randomUUID();
    private final BodyPublisher publisher;

    private Multipart(String filename, BodyPublisher file, Map<String, String> fields) {
        var head = new StringBuilder();
        fields.forEach((name, value) -> head.append("--")
                .append(boundary)
                .append("\r\nContent-Disposition: form-data; name=\"")
                .append(name)
                .append("\"\r\n\r\n")
                .append(value)
                .append("\r\n"));
        head.append("--")
                .append(boundary)
                .append("\r\nContent-Disposition: form-data; name=\"image\"; filename=\"")
                .append(safe(filename))
                .append("\"\r\nContent-Type: application/octet-stream\r\n\r\n");
        publisher = BodyPublishers.concat(text(head.toString()), file, text("\r\n--" + boundary + "--\r\n"));
    }

    static Multipart of(String filename, Path file, Map<String, String> fields) throws IOException {
        return new Multipart(filename, BodyPublishers.ofFile(file), fields);
    }

    /// The stream is read once, on a thread of the HTTP client, and closed.
    static Multipart of(String filename, InputStream file, Map<String, String> fields) {
        return new Multipart(filename, BodyPublishers.ofInputStream(() -> file), fields);
    }

    private static BodyPublisher text(String text) {
        return BodyPublishers.ofString(text, StandardCharsets.UTF_8);
    }

    /// ComfyUI takes the name literally, so it is sent literally; what would leave the header or the folder is
    /// refused.
    private static String safe(String filename) {
        boolean path = filename.indexOf('/') >= 0 || filename.indexOf('\\') >= 0 || filename.contains("..");
        if (filename.isBlank() || path || filename.chars().anyMatch(c -> c < ' ' || c == '"' || c == 0x7f)) {
            throw new IllegalArgumentException(
                    "not a file name that can be uploaded (no separators, no \"..\", no quotes,"
                            + " no control characters; directories go into the subfolder): " + filename);
        }
        return filename;
    }

    String contentType() {
        return "multipart/form-data; boundary=" + boundary;
    }

    BodyPublisher publisher() {
        return publisher;
    }
}
