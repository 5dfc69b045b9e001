package dev.comfyrouter.server.task;

import java.time.Instant;

/// One step of a task as it is published: its event, and what whoever hears of it would have to remember of the task.
///
/// @param acceptedAt when the task came
/// @param attempt the attempt that it had last, from 1; 0 before the first
public record TaskStep(TaskEvent event, String type, Instant acceptedAt, int attempt) {}
