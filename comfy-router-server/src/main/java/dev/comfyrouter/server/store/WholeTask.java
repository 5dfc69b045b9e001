package dev.comfyrouter.server.store;

import dev.comfyrouter.server.task.Attempt;
import dev.comfyrouter.server.task.ResultFile;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskEvent;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskInput;
import java.util.List;
import java.util.Optional;

/// A task with all that belongs to it, as it was at one moment.
///
/// @param retryOf the task that it runs again
/// @param retriedBy the newest task that runs this one again
public record WholeTask(
        Task task,
        Optional<TaskInput> input,
        List<ResultFile> results,
        List<TaskEvent> events,
        List<Attempt> attempts,
        Optional<TaskId> retryOf,
        Optional<TaskId> retriedBy) {}
