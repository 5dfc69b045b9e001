package dev.comfyrouter.server.task;

/// How far a task is. Terminal states absorb: no transition leaves them.
///
/// A wish to cancel is not a state but a flag beside it, so that a task that is being cancelled keeps the name it
/// had.
public enum TaskState {
    /// On disk; its files have not been looked at.
    ACCEPTED(TaskStatus.PENDING),
    /// Its files are being made present.
    PREPARING(TaskStatus.PENDING),
    /// Waits for a node.
    READY(TaskStatus.PENDING),
    /// Waits for its next attempt after one that failed.
    BACKOFF(TaskStatus.PENDING),
    /// Has an attempt on a node whose submission is not confirmed.
    SUBMITTING(TaskStatus.PENDING),
    /// The node has the prompt in its queue.
    SUBMITTED(TaskStatus.PENDING),
    /// The node executes it.
    RUNNING(TaskStatus.RUNNING),
    /// The node has finished; the router fetches the outputs.
    COLLECTING(TaskStatus.RUNNING),
    SUCCEEDED(TaskStatus.DONE),
    FAILED(TaskStatus.ERROR),
    CANCELLED(TaskStatus.CANCELLED);

    private final TaskStatus status;

    TaskState(TaskStatus status) {
        this.status = status;
    }

    /// The name that callers see.
    public TaskStatus status() {
        return status;
    }

    public boolean terminal() {
        return this == SUCCEEDED || this == FAILED || this == CANCELLED;
    }

    /// Whether an attempt is under way in this state.
    public boolean attempted() {
        return this == SUBMITTING || this == SUBMITTED || this == RUNNING || this == COLLECTING;
    }
}
