package dev.comfyrouter.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// One HTTP answer, whole.
final class Answer {
    private static final int HEAD = 300;

    private final String path;
    private final int status;
    private final HttpHeaders headers;
    private final byte[] body;

    /// @param path what was asked for, for messages
    Answer(String path, int status, HttpHeaders headers, byte[] body) {
        this.path = path;
        this.status = status;
        this.headers = headers;
        this.body = body;
    }

    int status() {
        return status;
    }

    byte[] body() {
        return body;
    }

    boolean isOk() {
        return status >= 200 && status < 300;
    }

    byte[] requireOk(BaseUrl base) {
        if (isOk()) {
            return body;
        }
        throw failure(base);
    }

    /// Why this is not the answer that was wanted.
    ComfyException failure(BaseUrl base) {
        String what = base + " answered " + status + " to " + path;
        return switch (status) {
            case 401, 403, 407 ->
                new ComfyException.Denied(
                        what + ": check the credentials and headers for this server" + head(), status);
            // ComfyUI's file server takes every unknown path, and answers 405 to all methods but GET and HEAD.
            case 404, 405 -> new ComfyException.NotFound(what + head());
            case 413 ->
                new ComfyException.TooLarge(what + ": raise --max-upload-size of ComfyUI, or of the proxy before it");
            default -> {
                if (status < 300) {
                    yield new ComfyException.Protocol(what + ", which is not expected" + head(), null);
                }
                if (status < 400) {
                    yield new ComfyException.Protocol(
                            what + ", a redirect to "
                                    + headers.firstValue("Location").orElse("nowhere")
                                    + "; redirects are not followed: use the final address as base URL",
                            null);
                }
                yield status < 500
                        ? new ComfyException.Rejected(what + head(), status, "", List.of())
                        : new ComfyException.ServerError(what + head(), status);
            }
        };
    }

    /// Reads the body as JSON.
    JsonNode json(BaseUrl base) {
        return json(base, path, body);
    }

    static JsonNode json(BaseUrl base, String path, byte[] body) {
        try {
            return Json.read(body);
        } catch (IOException notJson) {
            throw new ComfyException.Protocol(
                    base + " is not ComfyUI, or something stands before it: " + path + " gave no JSON" + head(body),
                    notJson);
        }
    }

    private String head() {
        return head(body);
    }

    /// The beginning of a body for a message, empty if there is nothing to show.
    static String head(byte[] body) {
        var text = new String(body, 0, Math.min(body.length, HEAD), StandardCharsets.UTF_8)
                .replaceAll("\\s+", " ")
                .strip();
        return text.isEmpty() ? "" : ": " + text;
    }
}
