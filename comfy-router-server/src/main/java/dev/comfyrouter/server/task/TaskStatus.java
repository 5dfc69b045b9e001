package dev.comfyrouter.server.task;

import java.util.Locale;

/// The five words in which callers are told how far a task is.
public enum TaskStatus {
    PENDING,
    RUNNING,
    DONE,
    ERROR,
    CANCELLED;

    /// As it stands in JSON.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
