package dev.comfyrouter.client;

/// How a prompt ended.
public enum Outcome {
    SUCCESS,
    ERROR,
    /// Somebody interrupted it; ComfyUI's `status_str` says "error" then too.
    INTERRUPTED
}
