package dev.comfyrouter.server.task;

import dev.comfyrouter.client.Bytes;
import java.util.Optional;

/// What is known of a task only while it lives: how far it is, its newest preview, and why it waits.
///
/// @param version grows with every change of any task's live facts
/// @param progress share of the work from 0 to 1
/// @param phase what the node does, such as `loading flux1-dev`; empty when it samples
/// @param step of `steps` sampling steps over all passes; 0 of 0 before sampling
/// @param waitReason why it waits, in one sentence; empty while it runs
public record Live(
        long version,
        double progress,
        String phase,
        int step,
        int steps,
        Optional<Picture> preview,
        String waitReason) {
    static final Live NOTHING = new Live(0, 0, "", 0, 0, Optional.empty(), "");

    /// A preview.
    ///
    /// @param version counts the previews of one task from 1
    public record Picture(int version, String contentType, Bytes bytes) {}
}
