package dev.comfyrouter.server.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.helidon.http.Status;
import java.util.List;

/// What is said to a caller when something does not work (RFC 9457).
///
/// @param type `about:blank`, or `urn:comfy-router:…` where a program might want to tell it from others of its status
/// @param title a short sentence, the same for all of its kind
/// @param detail what it means here and what to do
/// @param errors every mistake of the request, where it has several
record Problem(
        String type,
        String title,
        int status,
        String detail,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Mistake> errors) {
    static final Status UNPROCESSABLE = Status.create(422, "Unprocessable Content");

    /// One mistake of a request.
    ///
    /// @param pointer RFC 6901 into the body; `query` or `header` names are written as they are
    record Mistake(String pointer, String detail) {}

    Problem {
        errors = List.copyOf(errors);
    }

    static Problem of(Status status, String title, String detail) {
        return new Problem("about:blank", title, status.code(), detail, List.of());
    }

    Problem withType(String word) {
        return new Problem("urn:comfy-router:" + word, title, status, detail, errors);
    }

    byte[] json() {
        return Json.bytes(this);
    }
}
