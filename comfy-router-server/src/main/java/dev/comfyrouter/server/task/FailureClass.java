package dev.comfyrouter.server.task;

import java.util.Locale;

/// Why an attempt or a task failed, in classes that decide what happens next.
public enum FailureClass {
    /// The graph itself is refused; the same answer would come from any node.
    REQUEST,
    /// This node lacks a model or a node class.
    MISSING,
    /// A ComfyUI node raised an exception.
    EXECUTION,
    /// The GPU had not enough memory.
    OUT_OF_MEMORY,
    /// The node was refused, reset, silent or lost.
    INFRASTRUCTURE,
    /// The task's nodes died, one after the other.
    POISON,
    /// A file of the task could not be had.
    INPUT,
    /// Somebody else interrupted the prompt on its node.
    INTERRUPTED,
    /// Every known node lacks something.
    IMPOSSIBLE,
    /// A deadline passed.
    EXPIRED;

    /// As it stands in JSON.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
