package dev.comfyrouter.client;

/// What became of the wish to cancel a prompt.
public enum CancelResult {
    /// The server took it: a waiting prompt is gone, a running one ends at its next step, which can take seconds.
    ACCEPTED,
    /// It neither waits nor runs there: it has ended, or the server does not know it.
    NOTHING_TO_CANCEL
}
