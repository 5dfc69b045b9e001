package dev.comfyrouter.server.task;

import java.time.Instant;

/// One step of a task, numbered from 1 within the task, as it is kept on disk.
public record TaskEvent(long number, TaskId id, int sequence, TaskState state, Instant at, String detail) {}
