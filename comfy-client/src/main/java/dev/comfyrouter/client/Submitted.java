package dev.comfyrouter.client;

import java.util.List;

/// A prompt that the server queued.
///
/// @param promptId its id, the one that was sent
/// @param number its place: lower runs first
/// @param nodeErrors mistakes in parts of the graph. ComfyUI drops the outputs that depend on them and **runs the
///     rest**: if anything is listed here, only a part of the graph runs
public record Submitted(PromptId promptId, double number, List<NodeError> nodeErrors) {
    public Submitted {
        nodeErrors = List.copyOf(nodeErrors);
    }
}
