package dev.comfyrouter.server.store;

import dev.comfyrouter.server.task.TaskState;

/// What became of a wish to cancel a task.
public sealed interface Cancellation {
    /// It had no attempt and is cancelled now.
    record Done(long number) implements Cancellation {}

    /// The wish is on disk; the attempt is being taken off its node.
    record Requested(long number) implements Cancellation {}

    /// It had ended before.
    record Ended(long number, TaskState state) implements Cancellation {}

    /// There is no such task.
    record Unknown() implements Cancellation {}
}
