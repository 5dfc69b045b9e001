package dev.comfyrouter.server.store;

import dev.comfyrouter.server.task.TaskId;

/// What became of a request to accept a task.
public sealed interface Acceptance {
    /// It is on disk.
    record Accepted(TaskId id, long number) implements Acceptance {}

    /// The same request came before, under the same idempotency key.
    record Replayed(TaskId id, long number) implements Acceptance {}

    /// Another request came before under this idempotency key.
    record KeyReused() implements Acceptance {}

    /// As many tasks wait as may.
    record Full(long waiting, long limit) implements Acceptance {}

    /// The disk has less free space, in bytes, than is kept for what was accepted before.
    record NoSpace(long free, long floor) implements Acceptance {}
}
