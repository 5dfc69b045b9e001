package dev.comfyrouter.server.task;

import java.util.Optional;

/// What went wrong: the class, a sentence that says what to do, the ComfyUI node it happened in, and the verbatim
/// details.
public record Failure(FailureClass kind, String message, Optional<String> node, Optional<String> details) {
    public static Failure of(FailureClass kind, String message) {
        return new Failure(kind, message, Optional.empty(), Optional.empty());
    }
}
